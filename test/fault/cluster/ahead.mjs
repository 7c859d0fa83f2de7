// Given to Node with --import: this process's calendar runs a day and a half ahead of all the others', so that what falls due tomorrow is
// due now. Clocks that only count (performance.now, hrtime, timers) are left alone.
const AHEAD_MS = 36 * 60 * 60 * 1000;
const RealDate = Date;

globalThis.Date = class Date extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(RealDate.now() + AHEAD_MS);
    else super(...parts);
  }

  static now() {
    return RealDate.now() + AHEAD_MS;
  }
};

-- Sends requests that were signed beforehand, in turn.
--   wrk -s load.lua <url> -- <file> [<milliseconds of pause before each request of a connection>]
-- The file holds, for each request, its length in decimal, a line break, its bytes.

local requests, count, at = {}, 0, 0
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  local file = assert(io.open(args[1], "rb"))
  while true do
    local length = file:read("*n")
    if length == nil then break end
    file:read(1)
    count = count + 1
    requests[count] = file:read(length)
  end
  file:close()
  local pause = tonumber(args[2] or "0")
  if pause > 0 then
    function delay() return pause end
  end
  started = os.clock()
end

function request()
  at = at % count + 1
  return requests[at]
end

-- wrk's own CPU since the load began: a generator that is short of CPU measures itself.
function done(summary, latency, _)
  local cpu = os.clock() - threads[1]:get("started")
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"us":%d,"p50":%.1f,"p99":%.1f,"failed":%d,"broken":%d,"cpu":%.4f}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect + errors.read + errors.write + errors.timeout, cpu))
end

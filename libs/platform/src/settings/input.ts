import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsIn,
  IsOptional,
  Matches,
  MaxLength,
  Validate,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';
import { isIP } from 'node:net';
import { LOG_LEVELS } from '../logger/logger.js';
import type { SettingName } from './names.js';
import { JOURNALS, PROFILES, ROLES, SEALS } from './settings.js';

export const TRUE_WORDS = ['true', '1'];
const FALSE_WORDS = ['false', '0'];

/** The message of each check is what was expected; `each` checks every item of a list. */
const expected = (message: string, each = false): { message: string; each: boolean } => ({ message, each });

const PATH = expected('a path of 1 to 4096 characters');
const HOST = expected('an IP address or a host name');
const PORT = expected('a port number from 0 to 65535 (0: any free one)');
const BOOLEAN = expected('true or false');
const PROXIES = expected('IP addresses or networks (10.0.0.0/8), separated by commas, and never all addresses');
const ACCOUNT = expected('12 digits');
// Region names become part of stream names and of the credential scope.
const REGIONS = expected('1 to 32 different regions like us-east-1, separated by commas');
const NODE = expected('1 to 64 letters, digits, - and _, another on every node');
const ONE_OF = (...words: string[]): { message: string; each: boolean } => expected(`one of ${words.join(', ')}`);
const EVENTSTORE_URL = expected('esdb://host[:port][?options] without user and password');
const REDIS_URL = expected('redis://[user@]host[:port][/database], or rediss:// for TLS, without a password');
const POSTGRES_URL = expected('postgres://user@host[:port]/database[?sslrootcert=file] without a password');
const NAME = expected('1 to 64 visible characters without @, : and /');
const SESSIONS = expected('a number from 1 to 64');
const LEVEL = expected(`one of ${LOG_LEVELS.join(', ')}`);
// The form that AWS gives its own, so that every client accepts it.
const ACCESS_KEY_ID = expected('16 to 128 letters, digits or _');
// 16 characters are a floor against typing slips and "test", no recommendation: generated ones have 40.
const SECRET = expected('16 to 128 visible ASCII characters without blanks');
// RFC 6750 section 2.1, b64token.
const TOKEN = expected('16 to 256 characters of a bearer token: letters, digits and -._~+/, then =');

@ValidatorConstraint({ name: 'host' })
class Host implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    if (typeof value !== 'string' || value.length > 253) return false;
    // RFC 1123 section 2.1. An address with a slip (127.0.0.300) would pass as a name: the last label must have a letter.
    const label = '[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
    return isIP(value) !== 0 || (new RegExp(`^${label}(\\.${label})*$`).test(value) && /[a-zA-Z][^.]*$/.test(value));
  }
}

@ValidatorConstraint({ name: 'port' })
class Port implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    return typeof value === 'string' && /^(0|[1-9]\d{0,4})$/.test(value) && Number(value) <= 65_535;
  }
}

@ValidatorConstraint({ name: 'network' })
class Network implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    if (typeof value !== 'string') return false;
    const [address = '', bits, ...rest] = value.split('/');
    const family = isIP(address);
    if (family === 0 || rest.length > 0 || address.includes('%')) return false;
    if (bits === undefined) return true;
    return /^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
  }
}

/** The settings as given, before they get their types. Property names are the names in a file. */
export class SettingsInput implements Record<SettingName, string | readonly string[] | undefined> {
  @Matches(/^[^\0]{1,4096}$/, PATH)
  data = './data';

  @Matches(/^[^\0]{1,4096}$/, PATH)
  seal_keyfile = './seal/root.key';

  @Matches(/^[^\0]{1,4096}$/, PATH)
  anchor = './anchor';

  @Validate(Host, HOST)
  host = '127.0.0.1';

  @Validate(Port, PORT)
  port = '7070';

  @IsOptional()
  @Matches(/^[^\0]{1,4096}$/, PATH)
  tls_cert: string | undefined = undefined;

  @IsOptional()
  @Matches(/^[^\0]{1,4096}$/, PATH)
  tls_key: string | undefined = undefined;

  @IsIn([...TRUE_WORDS, ...FALSE_WORDS], BOOLEAN)
  behind_tls_proxy = 'false';

  @Validate(Network, { ...PROXIES, each: true })
  @ArrayMaxSize(256, PROXIES)
  trusted_proxies: readonly string[] = [];

  @IsIn(PROFILES, ONE_OF(...PROFILES))
  profile = 'embedded';

  @IsIn(ROLES, ONE_OF(...ROLES))
  role = 'all';

  @IsOptional()
  @Matches(/^[A-Za-z0-9_-]{1,64}$/, NODE)
  node: string | undefined = undefined;

  @IsOptional()
  @Matches(/^esdb(\+discover)?:\/\/[^@\s/?]{1,2048}\/?(\?[^\s@]{0,1024})?$/, EVENTSTORE_URL)
  eventstore_url: string | undefined = undefined;

  @IsOptional()
  @Matches(/^[^\s@:/]{1,64}$/, NAME)
  eventstore_user: string | undefined = undefined;

  @IsOptional()
  @Matches(/^[^\0]{1,4096}$/, PATH)
  eventstore_password_file: string | undefined = undefined;

  @IsOptional()
  @Matches(/^rediss?:\/\/([^\s@:/]{1,64}@)?[^\s@/?]{1,300}(\/\d{1,3})?$/, REDIS_URL)
  redis_url: string | undefined = undefined;

  @IsOptional()
  @Matches(/^[^\0]{1,4096}$/, PATH)
  redis_password_file: string | undefined = undefined;

  @IsOptional()
  @Matches(/^postgres(ql)?:\/\/[^\s@:/]{1,64}@[^\s@?]{1,600}(\?[^\s@]{0,1024})?$/, POSTGRES_URL)
  postgres_url: string | undefined = undefined;

  @IsOptional()
  @Matches(/^[^\0]{1,4096}$/, PATH)
  postgres_password_file: string | undefined = undefined;

  @IsIn(JOURNALS, ONE_OF(...JOURNALS))
  journal = 'store';

  @IsIn(SEALS, ONE_OF(...SEALS))
  seal = 'keyfile';

  @Matches(/^[^\0]{1,4096}$/, PATH)
  seal_file = './seal/root.seal';

  @IsOptional()
  @Matches(/^[^\0]{1,4096}$/, PATH)
  pkcs11_module: string | undefined = undefined;

  @IsOptional()
  @Matches(/^[\x20-\x7e]{1,32}$/, expected('the label of a token: 1 to 32 ASCII characters'))
  pkcs11_token: string | undefined = undefined;

  @IsOptional()
  @Matches(/^[\x21-\x7e]{1,16}$/, expected('the serial number of a token: 1 to 16 ASCII characters'))
  pkcs11_serial: string | undefined = undefined;

  @IsOptional()
  @Matches(/^[^\0]{1,4096}$/, PATH)
  pkcs11_pin_file: string | undefined = undefined;

  @Matches(/^([1-9]|[1-5]\d|6[0-4])$/, SESSIONS)
  pkcs11_sessions = '4';

  @Matches(/^\d{12}$/, ACCOUNT)
  account = '000000000000';

  @Matches(/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/, { ...REGIONS, each: true })
  @ArrayMinSize(1, REGIONS)
  @ArrayMaxSize(32, REGIONS)
  @ArrayUnique(REGIONS)
  regions: readonly string[] = ['us-east-1'];

  @IsIn([...LOG_LEVELS], LEVEL)
  log_level = 'info';

  @IsOptional()
  @Matches(/^\w{16,128}$/, ACCESS_KEY_ID)
  bootstrap_access_key_id: string | undefined = undefined;

  @IsOptional()
  @Matches(/^[\x21-\x7e]{16,128}$/, SECRET)
  bootstrap_secret_access_key: string | undefined = undefined;

  @IsOptional()
  @MaxLength(256, TOKEN)
  @Matches(/^[A-Za-z0-9._~+/-]{16,}=*$/, TOKEN)
  bootstrap_token: string | undefined = undefined;
}

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

  @IsIn(['embedded'], expected('embedded'))
  profile = 'embedded';

  @IsIn(['all'], expected('all (the embedded profile is one process)'))
  role = 'all';

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

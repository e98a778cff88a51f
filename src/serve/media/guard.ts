// Names become addresses under the policy: every address of a name is checked, and the connection goes to one that was checked. A second
// answer of the name server between check and connection changes nothing, for it is never asked for.
import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { addressKind } from '../../base/ip-address.ts';
import { badRequest } from '../errors.ts';

export type Resolve = (host: string) => Promise<LookupAddress[]>;

/** By the system's own resolver, all addresses. */
export const resolveAll: Resolve = (host) =>
  new Promise((resolve, reject) => {
    systemLookup(host, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)));
  });

export interface AddressPolicy {
  /** Host names and addresses that may be private, as they stand in URLs. */
  readonly allowHosts: readonly string[];
  readonly resolve?: Resolve;
}

const bare = (host: string) => host.replace(/^\[|\]$/g, '').toLowerCase();

function requirePublic(host: string, address: string, { allowHosts }: AddressPolicy): void {
  const kind = addressKind(address);
  if (kind === 'public' || allowHosts.some((allowed) => bare(allowed) === bare(host))) return;
  throw badRequest(
    `${host} has an address that media are not fetched from (${kind})`,
    'media-host',
    undefined,
    'the operator can allow the host with --allow-host',
  );
}

/** A host that is an address itself is not looked up when connecting, so it is checked here. Throws 'media-host'. */
export function requireAllowed(host: string, policy: AddressPolicy): void {
  if (isIP(bare(host))) requirePublic(host, bare(host), policy);
}

/** The lookup of a connection: hands out checked addresses only. */
export function guardedLookup(policy: AddressPolicy): LookupFunction {
  const resolve = policy.resolve ?? resolveAll;
  return (host, { all }, callback) => {
    resolve(host).then(
      (addresses) => {
        try {
          for (const { address } of addresses) requirePublic(host, address, policy);
        } catch (error) {
          callback(error as NodeJS.ErrnoException, '');
          return;
        }
        const [first] = addresses;
        if (all) callback(null, addresses);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, ''),
    );
  };
}

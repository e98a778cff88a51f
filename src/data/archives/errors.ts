// What is wrong with an archive or something in it, with the archive's name, the entry's, and what to do.
import { VideorftError } from '../../base/errors.ts';

export type ArchiveErrorCode = 'archive-unreadable' | 'archive-entry' | 'archive-store';

const fixes: Readonly<Record<ArchiveErrorCode, string>> = {
  'archive-unreadable':
    'download the archive again and compare its size or hash with the release; or unpack it with another program',
  'archive-entry': 'download the archive again, or unpack it yourself and look at what comes out',
  'archive-store': 'make room there, or name another folder',
};

export interface ArchiveErrorFacts {
  readonly entry?: string;
  readonly fix?: string;
  readonly cause?: unknown;
  readonly facts?: VideorftError['facts'];
}

export const archiveError = (
  code: ArchiveErrorCode,
  archive: string,
  what: string,
  { entry, fix, cause, facts }: ArchiveErrorFacts = {},
): VideorftError =>
  new VideorftError(`${archive}${entry === undefined ? '' : `, ${entry}`}: ${what}`, {
    code,
    facts: { archive, entry, ...facts },
    fix: fix ?? fixes[code],
    cause,
  });

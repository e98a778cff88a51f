// data/archives: zips read as if they were unpacked.
export { Archives, archiveNames, type OpenArchivesOptions, type Packed, packedName } from './archives.ts';
export { packedIdentity, UnpackedFolder } from './unpacked.ts';

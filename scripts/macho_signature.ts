/**
 * Signs a macOS executable ad hoc, that is with hashes of its pages and nobody's name, which is what
 * the system wants before it runs one that came from elsewhere. Bun signs what it makes for arm64;
 * for x64 it leaves its own signature standing, which no longer fits once the program is inside.
 *
 * The layouts are those of Apple's `mach-o/loader.h` (little endian) and `kern/cs_blobs.h` (big
 * endian). What is written is what Apple's linker writes by itself: one CodeDirectory with SHA-256.
 *
 * @module
 */

const MH_MAGIC_64 = 0xfeedfacf;
const HEADER_BYTES = 32;
const LC_SEGMENT_64 = 0x19;
const LC_CODE_SIGNATURE = 0x1d;

const CSMAGIC_EMBEDDED_SIGNATURE = 0xfade0cc0;
const CSMAGIC_CODEDIRECTORY = 0xfade0c02;
/** The first version that says where the executable segment is. */
const CODEDIRECTORY_VERSION = 0x20400;
const CODEDIRECTORY_BYTES = 88;
const CS_ADHOC_LINKER_SIGNED = 0x20002;
const CS_HASHTYPE_SHA256 = 2;
const CS_EXECSEG_MAIN_BINARY = 1n;

const PAGE_BITS = 12;
const PAGE_BYTES = 1 << PAGE_BITS;
const HASH_BYTES = 32;
const SUPERBLOB_BYTES = 20;

/** Where in the file the load commands that matter stand. */
interface Commands {
  readonly text: number;
  readonly linkedit: number;
  readonly signature: number;
}

/**
 * The executable with a new signature in place of its old one. `identifier` is what macOS shows it
 * as. Throws an `Error` with a plain sentence for a file that isn't one, or that ends in no signature.
 */
export async function signAdHoc(
  file: Uint8Array<ArrayBuffer>,
  identifier: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const { text, linkedit, signature } = commands(file);
  const old = view(file);
  const codeBytes = old.getUint32(signature + 8, true);
  if (codeBytes + old.getUint32(signature + 12, true) !== file.length) {
    throw new Error("Cannot sign a Mach-O file: its signature isn't at its end");
  }
  const name = new TextEncoder().encode(`${identifier}\0`);
  const pages = Math.ceil(codeBytes / PAGE_BYTES);
  const hashOffset = CODEDIRECTORY_BYTES + name.length;
  const directoryBytes = hashOffset + pages * HASH_BYTES;
  const signatureBytes = SUPERBLOB_BYTES + directoryBytes;

  const signed = new Uint8Array(codeBytes + signatureBytes);
  signed.set(file.subarray(0, codeBytes));
  const out = view(signed);
  // These stand in the first pages, so they change before the pages are hashed.
  out.setUint32(signature + 12, signatureBytes, true);
  const linkeditBytes = signed.length - Number(out.getBigUint64(linkedit + 40, true));
  out.setBigUint64(linkedit + 48, BigInt(linkeditBytes), true);
  out.setBigUint64(linkedit + 32, BigInt(Math.ceil(linkeditBytes / PAGE_BYTES) * PAGE_BYTES), true);

  const words = (at: number, ...values: number[]) =>
    values.forEach((value, index) => out.setUint32(at + index * 4, value));
  words(codeBytes, CSMAGIC_EMBEDDED_SIGNATURE, signatureBytes, 1, 0, SUPERBLOB_BYTES);
  const directory = codeBytes + SUPERBLOB_BYTES;
  words(
    directory,
    CSMAGIC_CODEDIRECTORY,
    directoryBytes,
    CODEDIRECTORY_VERSION,
    CS_ADHOC_LINKER_SIGNED,
    hashOffset,
    CODEDIRECTORY_BYTES,
    0, // No special slots: no entitlements, no resources.
    pages,
    codeBytes,
  );
  signed.set([HASH_BYTES, CS_HASHTYPE_SHA256, 0, PAGE_BITS], directory + 36);
  out.setBigUint64(directory + 64, out.getBigUint64(text + 40, true));
  out.setBigUint64(directory + 72, out.getBigUint64(text + 48, true));
  out.setBigUint64(directory + 80, CS_EXECSEG_MAIN_BINARY);
  signed.set(name, directory + CODEDIRECTORY_BYTES);
  await hashPages(signed, codeBytes, directory + hashOffset);
  return signed;
}

/** Writes each page's hash from `at` on. The last page is hashed as far as it goes. */
async function hashPages(file: Uint8Array<ArrayBuffer>, end: number, at: number): Promise<void> {
  for (let page = 0; page * PAGE_BYTES < end; page++) {
    const bytes = file.subarray(page * PAGE_BYTES, Math.min((page + 1) * PAGE_BYTES, end));
    const hash = await crypto.subtle.digest("SHA-256", bytes);
    file.set(new Uint8Array(hash), at + page * HASH_BYTES);
  }
}

function commands(file: Uint8Array): Commands {
  const at = view(file);
  if (file.length < HEADER_BYTES || at.getUint32(0, true) !== MH_MAGIC_64) {
    throw new Error("Cannot sign: this is no 64-bit Mach-O file");
  }
  const found = new Map<string, number>();
  let command = HEADER_BYTES;
  for (let left = at.getUint32(16, true); left > 0; left--) {
    const kind = at.getUint32(command, true);
    if (kind === LC_CODE_SIGNATURE) found.set("signature", command);
    if (kind === LC_SEGMENT_64) found.set(segmentName(file, command), command);
    command += at.getUint32(command + 4, true);
  }
  const place = (name: string) => {
    const offset = found.get(name);
    if (offset === undefined) throw new Error(`Cannot sign a Mach-O file: it has no ${name}`);
    return offset;
  };
  return { text: place("__TEXT"), linkedit: place("__LINKEDIT"), signature: place("signature") };
}

function segmentName(file: Uint8Array, command: number): string {
  return new TextDecoder().decode(file.subarray(command + 8, command + 24)).replace(/\0+$/, "");
}

function view(file: Uint8Array): DataView {
  return new DataView(file.buffer, file.byteOffset, file.byteLength);
}

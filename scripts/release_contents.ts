/**
 * What a release consists of: the names of its archives, the files in each, and their checksums.
 *
 * @module
 */

/** The files in an archive beside the executable: where each lies in the repository, and in there. */
export const CONTENTS: readonly (readonly [from: string, to: string])[] = [
  ["LICENSE", "LICENSE"],
  ["README.md", "README.md"],
  ["CHANGELOG.md", "CHANGELOG.md"],
  ["packaging/install.sh", "install.sh"],
  ["packaging/genkan.1", "genkan.1"],
  ["packaging/genkan.service", "genkan.service"],
  ["packaging/genkan.user.service", "genkan.user.service"],
  ["packaging/genkan.yaml", "genkan.yaml"],
  ["packaging/completions/genkan.bash", "completions/genkan.bash"],
  ["packaging/completions/_genkan", "completions/_genkan"],
  ["packaging/completions/genkan.fish", "completions/genkan.fish"],
];

/** `genkan-0.1.0-linux-x64`: the archive, and the one folder in it. */
export function archiveName(version: string, platform: string): string {
  return `genkan-${version}-${platform}`;
}

/** A file as `sha256sum --check` reads it: a line each, the hash in hexadecimal, two blanks, the name. */
export async function checksums(
  files: readonly { readonly archive: string; readonly bytes: Uint8Array<ArrayBuffer> }[],
): Promise<string> {
  const lines = await Promise.all(files.map(async ({ archive, bytes }) => {
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    return `${hash.toHex()}  ${archive}\n`;
  }));
  return lines.join("");
}

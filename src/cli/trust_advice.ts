/**
 * How to make this machine believe the local CA, in lines that can be copied to a shell.
 *
 * @module
 */

import { shellWord } from "./sandbox_table.ts";

/** One indented line a trust store. `caPath` is the CA's certificate. Ends with a newline. */
export function trustAdvice(caPath: string): string {
  const ca = shellWord(caPath);
  const stores: readonly [store: string, how: string][] = [
    [
      "Debian, Ubuntu",
      `sudo cp ${ca} /usr/local/share/ca-certificates/genkan.crt && sudo update-ca-certificates`,
    ],
    ["Fedora, Arch", `sudo trust anchor ${ca}`],
    [
      "macOS",
      `sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain ${ca}`,
    ],
    ["Windows", `certutil -addstore -user Root ${ca}`],
    ["Firefox", `Settings, Privacy & Security, View Certificates, Import: ${caPath}`],
    ["Node, Bun", `NODE_EXTRA_CA_CERTS=${ca}`],
  ];
  const width = Math.max(...stores.map(([store]) => store.length));
  return stores.map(([store, how]) => `  ${store.padEnd(width)}  ${how}\n`).join("");
}

/**
 * Authorities with names of their own, and what they issue: certificates that differ by name, kind
 * of key, purpose and time.
 *
 * @module
 */

import { type Issued, issued, type IssueRequest } from "../tls/issued.ts";
import type { Scene } from "./scene.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/** What a leaf differs by. Its subject is `CN=` and its first name. */
export type LeafRequest =
  & Omit<IssueRequest, "name" | "names" | "issuer">
  & { readonly names: readonly string[] };

/** An authority, or an intermediate one. */
export class Authority {
  readonly #issued: Issued;

  private constructor(issued: Issued) {
    this.#issued = issued;
  }

  /** Makes one that signs itself, or one below another. */
  static async create(name: string, issuer?: Authority): Promise<Authority> {
    const request = {
      name: `CN=${name}`,
      isCa: true,
      issuer: issuer && issuer.#issued,
      ...span(-1, 60),
    };
    return new Authority(await issued(request));
  }

  /** Its own certificate, PEM. */
  get pem(): string {
    return this.#issued.certPem;
  }

  /**
   * Issues a leaf. A name is taken for a URI, an email address, an IP address or a DNS name, as it
   * looks.
   */
  async issue({ names, ...request }: LeafRequest): Promise<Issued> {
    return await issued({
      name: `CN=${names[0]}`,
      issuer: this.#issued,
      names: names.map((value) => ({ type: kindOf(value), value })),
      ...span(-1, 30),
      ...request,
    });
  }

  /** Issues a leaf and writes `file.pem`, with `behind` at its end, and `file-key.pem`. */
  async write(scene: Scene, file: string, request: LeafRequest, behind = ""): Promise<void> {
    const { certPem, keyPem } = await this.issue(request);
    await scene.write(`${file}.pem`, certPem + behind);
    await scene.write(`${file}-key.pem`, keyPem);
  }
}

/** From and to, in days from now, as a request has them. */
export function span(from: number, to: number): { notBefore: number; notAfter: number } {
  const now = Date.now();
  return { notBefore: now + from * DAY_MS, notAfter: now + to * DAY_MS };
}

function kindOf(name: string): "url" | "email" | "ip" | "dns" {
  if (/^\w+:\/\//.test(name)) return "url";
  if (name.includes("@")) return "email";
  return /^[\d.]+$|:/.test(name) ? "ip" : "dns";
}

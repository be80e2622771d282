/**
 * `genkan ca …`: the local certificate authority. One file a command, and what both do in
 * `action.ts`, which is loaded when one of them runs.
 *
 * @module
 */

export { caCreate } from "./create.ts";
export { caIssue } from "./issue.ts";

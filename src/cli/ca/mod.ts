/**
 * `genkan ca …`: the local certificate authority. One file a command, and what it does in
 * `…_action.ts`, which is loaded when it runs.
 *
 * @module
 */

export { caCreate } from "./create.ts";
export { caIssue } from "./issue.ts";
export { caStatus } from "./status.ts";

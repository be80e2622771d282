/**
 * `genkan service …`: genkan as a systemd service. `unit.ts` has the unit, `place.ts` where systemd
 * looks for it; then one file a command, and what it does in `…_action.ts`, which is loaded when it
 * runs. genkan runs no other program: it says which commands are next.
 *
 * @module
 */

export { serviceInstall } from "./install.ts";
export { servicePrint } from "./print.ts";
export { serviceStatus } from "./status.ts";
export { serviceUninstall } from "./uninstall.ts";

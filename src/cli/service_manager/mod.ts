/**
 * What genkan tells the service manager that started it: systemd, or whatever else speaks
 * sd_notify(3). `serve` calls it in this order:
 *
 * ```ts
 * using manager = ServiceManager.fromHost(runtime, log); // null when nobody listens
 * // … everything is bound …
 * await manager?.ready("2 listeners");
 * manager?.startWatchdog(() => allWorkersAnswer());
 * // a reload, whether it succeeds or not:
 * await manager?.reloading();
 * await manager?.ready("2 listeners, reloaded");
 * // at any time:
 * await manager?.status("a.test: certificate expires in 3 days");
 * // SIGTERM:
 * await manager?.stopping({ graceMs: 30_000 });
 * ```
 *
 * Nothing here rejects: a message that can't be sent is told to the log once, and genkan goes on.
 * Messages arrive in the order of the calls.
 *
 * @module
 */

export { type ServiceHost, ServiceManager } from "./service_manager.ts";
export type { Watchdog } from "./watchdog.ts";

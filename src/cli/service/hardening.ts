/**
 * What the unit takes away from genkan (systemd.exec(5)).
 *
 * @module
 */

import type { UnitScope } from "./unit.ts";

/** What any user's systemd can do without rights of its own: no mounts, no other user. */
const FOR_ANYONE = `\
NoNewPrivileges=yes
UMask=0077
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
# MemoryDenyWriteExecute= stays off: the JavaScript engine compiles to memory that it then runs.
`;

const FOR_THE_SYSTEM = `\
# Nobody in particular, with the right to bind ports below 1024 and no other. PrivateUsers= stays
# off, because that right would not reach the host's network.
DynamicUser=yes
AmbientCapabilities=CAP_NET_BIND_SERVICE
CapabilityBoundingSet=CAP_NET_BIND_SERVICE

ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
PrivateIPC=yes
PrivateMounts=yes
ProtectProc=invisible
ProcSubset=pid
ProtectClock=yes
ProtectHostname=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RemoveIPC=yes
KeyringMode=private
`;

const FOR_A_USER = `\
# A user's systemd can take away less than the system's.
`;

/** The settings, ending with a newline. */
export function hardening(scope: UnitScope): string {
  return `${scope === "system" ? FOR_THE_SYSTEM : FOR_A_USER}${FOR_ANYONE}`;
}

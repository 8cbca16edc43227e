// SPDX-License-Identifier: Apache-2.0
// Tells the service manager how a daemon is, by systemd's protocol (sd_notify(3)): one datagram a state to the socket
// that NOTIFY_SOCKET names. Where nobody asks for it, nothing is sent.
#ifndef BASE_NOTIFY_H
#define BASE_NOTIFY_H

// Connects, and takes the variable out of the environment. Once, before other threads; no failure stops a start.
void notify_open(void);
void notify_send(const char *state); // "READY=1", "RELOADING=1", "STOPPING=1"

#endif

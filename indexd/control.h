// SPDX-License-Identifier: Apache-2.0
// Administration of a running index: one JSON line in, one JSON line out, over a Unix socket that only its owner and
// root can open. A command's line has at most 1 MiB, a reply's 64 MiB. What the commands do stands in indexd/commands/.
//   {"command": "stats"}                    {"ok": true, "stats": {...}}
//   {"command": "deny", "who": "urn:..."}   {"ok": true}             or {"ok": false, "error": "..."}
#ifndef INDEXD_CONTROL_H
#define INDEXD_CONTROL_H

#include <jansson.h>

#include "base/err.h"
#include "indexd/service.h"

struct control;

// Binds the socket (0600), replacing one that nobody listens on, and starts its thread. ERR_EXISTS: another daemon
// listens there. ERR_IO.
err_t control_start(const char *path, struct service *service, struct control **out);
void control_stop(struct control *control); // joins, removes the socket; NULL is harmless

// indexctl's side: sends one command (not consumed) and returns the reply object, which the caller json_decref()s.
// ERR_NOT_FOUND: no daemon listens there. ERR_REFUSED: it said why not.
err_t control_call(const char *path, const json_t *command, json_t **out_reply);

#endif

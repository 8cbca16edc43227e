// SPDX-License-Identifier: Apache-2.0
// Sends the changes of a sync's works, as many to a request as it holds. Where the index refuses a request, its
// children are sent in ever smaller parts, so that one that it cannot take does not keep back the others.
#ifndef CLIENT_SYNC_SEND_H
#define CLIENT_SYNC_SEND_H

#include <stdbool.h>
#include <stddef.h>

#include "client/outcome.h"
#include "client/session.h"
#include "client/sync_work.h"

struct sync_sender {
    struct session *session;
    struct sync_work *alone[3]; // the last that were refused alone, one after the other
    size_t alone_count;
    struct outcome failure; // why nothing more can be sent
    size_t taken;           // requests that the index has taken
};

// Sends each of the works and settles it, or sets its `refusal`. False: the rest was not sent, for the reason in
// `failure`: the index is out of reach, refuses this client, or refuses whatever it is sent.
bool sync_send(struct sync_sender *sender, struct sync_work *const *works, size_t count);
// Tells the index that nothing else has changed, so that the feed counts as fresh; `moved`: and that all is registered
// under the epochs in use. False as above.
bool sync_send_none(struct sync_sender *sender, bool moved);

#endif

// SPDX-License-Identifier: Apache-2.0
// A key holder in service: its share, who may come in, and the descriptor in force. Each answer is a plain function
// from a verified peer and a body to a reply's body. Any thread; the reloads and the alarms from one thread alone.
#ifndef KEYS_KEYHOLDERD_HOLDER_H
#define KEYS_KEYHOLDERD_HOLDER_H

#include "base/bytes.h"
#include "base/clock.h"
#include "base/err.h"
#include "keys/keyholderd/settings.h"
#include "proto/tls.h"

struct holder;

// Loads trust, descriptor, roster and deny list, opens the share and refuses it unless it belongs to this descriptor
// and the certificate to this holder. The errors name the file. `settings` and `clock` are borrowed.
err_t holder_open(const struct settings *settings, const struct wall_clock *clock, struct holder **out);
void holder_free(struct holder *holder); // wipes the share; NULL is harmless

// Every answer checks the peer against the roster and the deny list first. ERR_DENIED, ERR_EXPIRED, ERR_MEMORY; for
// evaluations also ERR_BUDGET, ERR_INPUT, ERR_STALE, ERR_PROOF. Nothing is appended on failure.
// With ERR_BUDGET *out_retry_s are the seconds after which more will be evaluated.
err_t holder_evaluations(struct holder *holder, const struct tls_peer *peer, struct bytes body, int64_t *out_retry_s,
                         struct buf *out);
err_t holder_key(struct holder *holder, const struct tls_peer *peer, struct bytes body, struct buf *out);
err_t holder_whoami(struct holder *holder, const struct tls_peer *peer, struct bytes body, struct buf *out);
// The witness of the index's journal (keys/keyholderd/witness.h gives the errors). With ERR_CONFLICT *out_known is the
// size of the last cosigned head.
err_t holder_witness(struct holder *holder, const struct tls_peer *peer, struct bytes body, uint64_t *out_known,
                     struct buf *out);
err_t holder_heads(struct holder *holder, const struct tls_peer *peer, struct bytes body, struct buf *out);

// Each takes what is good and keeps the old otherwise. A descriptor must follow the present one and have its share
// here.
err_t holder_reload_access(struct holder *holder);
err_t holder_reload_descriptor(struct holder *holder);
// The certificate file's identity must be this holder's. Notes when it expires, for the alarms.
err_t holder_check_certificate(struct holder *holder);

// Once a minute: says in the log that the machine's clock was set.
void holder_tell_of_clock(struct holder *holder);

// Once a minute: wipes a share whose generation is over, and destroys its file. Not at a time at which the descriptor or
// the roster has ended: the clock may be wrong.
void holder_end_overlap(struct holder *holder);
// Fills what is the holder's own of its figures. Any thread.
struct figures;
void holder_measure(struct holder *holder, struct figures *out);

// Logs when roster, descriptor or certificate expire soon, at most once a day.
void holder_warn_of_expiry(struct holder *holder);

#endif

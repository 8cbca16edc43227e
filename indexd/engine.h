// SPDX-License-Identifier: Apache-2.0
// The index without its network: journal, store and the one sequencer thread that decides everything.
//
// Operations are submitted from any thread, decided in order by the sequencer, and handed back through `done` on the
// sequencer's thread when their journal record is on disk. Nothing is acknowledged before that, and whoever asks or
// reads afterwards sees it. An operation that cannot be decided ends with an error and no answer.
#ifndef INDEXD_ENGINE_H
#define INDEXD_ENGINE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/merkle.h"
#include "base/progress.h"
#include "keys/descriptor.h"
#include "proto/account.h"
#include "proto/act.h"
#include "proto/histogram.h"
#include "proto/involvement.h"
#include "proto/question.h"

#define AGENCY_CANARY "canary" // reserved: holds the scheme's canaries

struct engine;

struct engine_settings {
    const char *store;  // folder made by engine_init: meta of the scheme, journal/, segment-keys/, lmdb/, pepper
    int64_t map_size;   // bytes
    int64_t batch_max;  // children decided before one commit
    int64_t lapse_days; // after which an involvement that is not renewed lapses; 0: 400
    bool check_first;   // engine_open reads the whole journal and store; otherwise engine_scrub is still to do it
    const struct wall_clock *clock;
    // Of making a database: records read of the journal, then rows written. Nobody need be told.
    struct progress reading, writing;
};

// Makes a new store with its pepper and its canaries. Never touches an existing one. ERR_EXISTS, ERR_IO, ERR_FULL.
err_t engine_init(const struct engine_settings *settings, const struct descriptor *descriptor);

// Makes the database anew from the whole journal, under another store_id: feeds that sync will register everything
// again, so that it also serves after an older journal was restored. The old database stands until the new one is
// complete. ERR_NOT_FOUND, ERR_CORRUPT (the journal, or a pepper that is not its own), ERR_UNAVAILABLE while a process
// has it open.
err_t engine_rebuild(const struct engine_settings *settings, const struct descriptor *descriptor);

// Writes the database of a stopped index anew, in the order of its keys and on full pages: smaller, and quicker to
// read. Nothing else changes. ERR_CORRUPT, ERR_FULL, ERR_IO, ERR_UNAVAILABLE.
err_t engine_repack(const struct engine_settings *settings);

// A first load of a stopped index: opens the involvements that `next` hands over, until *out_more is false. They are
// decided and journalled like any other; the database is made from the journal in the end. Only into a store without
// any involvement: ERR_EXISTS. What fails on the way leaves a store to be made again. *out_involvements counts what was
// journalled.
struct engine_import {
    // The request is freed by the engine.
    err_t (*next)(void *ctx, char agency[MAX_ID + 1], struct involvement_request *out, bool *out_more);
    void *ctx;
};
err_t engine_import(const struct engine_settings *settings, const struct descriptor *descriptor,
                    const struct engine_import *source, uint64_t *out_involvements);

// Opens the store, drops a torn tail, replays what LMDB lacks, checks pepper, epoch and canaries, starts the sequencer.
// Reads of the journal only what the last commit did not see on disk, so that a large index answers within a second.
// ERR_NOT_FOUND: no store here. ERR_CORRUPT: wrong pepper, damaged journal or store, canaries missing. ERR_STALE: of
// another scheme or epoch. ERR_UNAVAILABLE: another process has it open. `settings->clock` must outlive the engine.
err_t engine_open(const struct engine_settings *settings, const struct descriptor *descriptor, struct engine **out);
// Decides what was submitted, then stops. NULL is harmless.
void engine_close(struct engine *engine);

// OK, or why the engine refuses to decide: for health checks and /v1/scheme. ERR_FULL: disk or map are full, changes
// are refused. ERR_UNAVAILABLE: a commit failed, and everything is refused until the store has caught up with its
// journal, which is tried at the next operation. ERR_CORRUPT: engine_scrub found damage, and everything is refused for
// good.
err_t engine_health(const struct engine *engine);

// The tree of the records on disk. Any thread.
void engine_head(struct engine *engine, struct merkle *out);
// From now on everything is refused with `err` and this thread's detail: what the index holds cannot be trusted.
void engine_refuse(struct engine *engine, err_t err);

// Reads the whole store and the journal that engine_open passed over, and finds what reading a single row cannot: rows
// that are lost or cannot be reached any more, and damaged records. Takes time (about a second for a million rows) but
// disturbs nobody; not from a worker. ERR_CORRUPT: from then on the engine refuses everything. ERR_UNAVAILABLE when
// `stop` turned true before the end; NULL: it does not.
err_t engine_scrub(struct engine *engine, const atomic_bool *stop);

struct engine_actor {
    char agency[MAX_ID + 1];
    char person[MAX_ID + 1];                    // of the certificate, or on_behalf_of; may be empty
    bool claimed;                               // the person was named by the agency's system, not by a certificate
    struct limits person_limits, agency_limits; // 0: there is no such limit
};

enum operation_kind { OPERATION_QUESTION, OPERATION_CHANGES };

struct operation {
    enum operation_kind kind;
    struct engine_actor actor;
    struct question question;           // questions
    struct involvement_request changes; // changes
    // Results, when err is OK:
    err_t err;
    const char *detail; // of err; static or owned by the engine until done returns
    int64_t retry_at_s; // of ERR_BUDGET: when to come back, seconds; 0: not known
    struct answers answers;
    struct involvement_reply reply;
    void (*done)(struct operation *operation);
    void *ctx;
    // Private to the engine:
    struct operation *next;
    void *prepared;
};

// Computes child tags on the calling thread, then queues. The operation is the engine's until done is called, which
// also happens on every failure. Never blocks on the disk.
void engine_submit(struct engine *engine, struct operation *operation);
// Frees what an operation that was handed back, or never submitted, still holds of the engine's: best on the thread
// that submitted it, where the memory comes from.
void engine_release(struct operation *operation);

// A refused request, for the journal: queued without a reply. Bounded: when the queue is full it is counted instead.
void engine_note_refusal(struct engine *engine, const char *identity, const char *route, err_t reason);
// An administrative act (deny, reload), written to the journal before this returns. Blocks; not from a worker.
err_t engine_note_act(struct engine *engine, const char *who, const char *act);

// An alert, likewise; `account` (proto/account.h) may be "".
// `cause` is the number of the record that made the rule true; 0: none did.
err_t engine_note_alert(struct engine *engine, const char *rule, const char *account, const char *found,
                        uint64_t cause);

// Runs the work on the sequencer's thread (indexd/job.h) and returns when what it put is on disk and committed, or why
// not. Blocks; not from a worker.
struct job;
err_t engine_run_job(struct engine *engine, void (*run)(struct job *job, void *ctx), void *ctx);
// A signed act and what it does, together: remembers the act's nonce, journals the document as it was signed, then runs
// `effect` (may be NULL). Who signed was checked by the caller. ERR_EXISTS: it was carried out before; otherwise as
// engine_run_job.
err_t engine_act(struct engine *engine, const struct act *act, struct bytes document,
                 void (*effect)(struct job *job, void *ctx), void *ctx);

// Whose agency tag it is, of the ids that are tried one by one. Any thread.
bool engine_is_agency(struct engine *engine, uint64_t child, const uint8_t tag[6], const char *agency);

struct store_shield;
struct shield_count;
// Every shield with what it covers (indexd/shield.h), by number. ERR_MEMORY; errors of the store.
err_t engine_each_shield(struct engine *engine, void (*each)(void *ctx, const struct shield_count *shield), void *ctx);

// Removes what lapsed or ended more than so many days ago (rounded up to quarters), or all that an agency fed; see
// indexd/sweep.h. *out_removed counts entries. Takes time; not from a worker. ERR_UNAVAILABLE when *stop was set.
err_t engine_sweep(struct engine *engine, int64_t keep_days, const atomic_bool *stop, uint64_t *out_removed);
// Goes on with every purge that was begun (engine_begin_purge's job) and ends it. *out_removed as above.
err_t engine_purge(struct engine *engine, const atomic_bool *stop, uint64_t *out_removed);
// A job with the agency's id: from now on engine_purge removes what it fed.
void engine_begin_purge(struct job *job, void *agency);
// The purges that have not ended.
err_t engine_each_purge(struct engine *engine, void (*each)(void *ctx, const char *agency, int64_t since_ms),
                        void *ctx);

// The latest time at which somebody asked: budgets and alerts count on its day as long as the clock is behind it. After
// a start, to the hour. Any thread.
int64_t engine_counts_at(const struct engine *engine);

struct review;
struct review_place;
// The record with which the present day begins, or one before it, and a place in the journal before all records of the
// seven days before: the beginning of a month.
err_t engine_week(struct engine *engine, uint64_t *out_today, struct review_place *out);
// Shows what the journal gained since the place (indexd/review.h: review_since).
err_t engine_review(struct engine *engine, const struct review *review, struct review_place *place);

struct subject;
struct subject_visitor;
// What the index knows about one child (indexd/subject.h): the store as it stands, and the whole journal. Takes time;
// not from a worker.
err_t engine_subject(struct engine *engine, const struct subject *subject, const struct subject_visitor *visitor,
                     bool *out_shielded);

// Everybody who is blocked (indexd/blocks.h).
struct block_facts;
err_t engine_each_block(struct engine *engine,
                        void (*each)(const char *account, const struct block_facts *facts, void *ctx), void *ctx);

struct engine_stats {
    uint8_t store_id[STORE_ID_SIZE];
    uint64_t journal_records, journal_bytes, keys, entries;
    uint64_t map_used, map_size;
    uint64_t disk_free;                    // bytes, where the journal lies
    uint64_t questions, children, changes; // since start
    uint64_t alerts;                       // since start, but for those of the reserve and of shields
    uint64_t canaries;                     // of the keys and the entries
};
err_t engine_stats(struct engine *engine, struct engine_stats *out);

struct engine_load {
    uint64_t waiting; // operations that were submitted and not handed back
    struct histogram_figures commit_us, commit_children;
    int64_t scrubbed_s; // when the index was last read through and found whole; 0: not since it was opened
    int64_t swept_s;    // when engine_sweep last came to its end; likewise
};
void engine_load(struct engine *engine, struct engine_load *out);
void engine_store_id(const struct engine *engine, uint8_t out[STORE_ID_SIZE]);

// Takes the tokens of the descriptor's epochs from now on, when its keys follow those in use (indexd/epochs.h).
// ERR_STALE: they do not, or an epoch would end before every feed has moved. engine_open does it first. Blocks; not
// from a worker.
err_t engine_follow(struct engine *engine, const struct descriptor *descriptor);
// The epochs whose tokens are taken now. Any thread.
struct token_epochs engine_epochs(const struct engine *engine);

// The UTC day (days since 1970) on which the agency's system last sent changes; 0: never. What its people changed by
// hand is no feed. Short; any thread.
// *out_moved is the epoch under which the agency has said that all it holds is registered; 0: none.
err_t engine_last_fed(struct engine *engine, const char *agency, int64_t *out_day, uint32_t *out_moved);

#endif

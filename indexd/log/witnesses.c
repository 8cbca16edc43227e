// SPDX-License-Identifier: Apache-2.0
#include "indexd/log/witnesses.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/merkle_proof.h"
#include "proto/http_client.h"
#include "proto/routes.h"
#include "proto/witness.h"

#define CONNECT_TIMEOUT_MS 5000
#define TIMEOUT_MS 10000

struct holder {
    uint64_t known; // the size of the last head that it has cosigned, as far as is known
    struct buf line;
    int64_t time_s;
    bool complained; // its failure was logged, and it has not answered since
};

struct witnesses {
    const struct trust *trust;
    struct http_client *client;
    struct checkpoint head; // submitted last
    struct holder holders[MAX_HOLDERS];
};

static err_t new_client(const char *ca, const char *certificate, const char *key, const char *connect_to,
                        struct http_client **out) {
    const struct http_client_settings settings = {.ca = ca,
                                                  .certificate = certificate,
                                                  .key = key,
                                                  .connect_to = connect_to,
                                                  .connect_timeout_ms = CONNECT_TIMEOUT_MS,
                                                  .timeout_ms = TIMEOUT_MS};
    return http_client_new(&settings, out);
}

err_t witnesses_new(const struct witnesses_setup *setup, struct witnesses **out) {
    struct witnesses *witnesses = calloc(1, sizeof *witnesses);
    if (witnesses == NULL) {
        return err_set(ERR_MEMORY, "out of memory");
    }
    witnesses->trust = setup->trust;
    err_t err = new_client(setup->ca, setup->certificate, setup->key, setup->connect_to, &witnesses->client);
    if (err != OK) {
        witnesses_free(witnesses);
        return err;
    }
    *out = witnesses;
    return OK;
}

static void forget_lines(struct witnesses *witnesses) {
    for (size_t i = 0; i < MAX_HOLDERS; i++) {
        buf_free(&witnesses->holders[i].line);
    }
}

void witnesses_free(struct witnesses *witnesses) {
    if (witnesses == NULL) {
        return;
    }
    forget_lines(witnesses);
    http_client_free(witnesses->client);
    free(witnesses);
}

// ---- heads that a holder shows

// OK and an empty head where the holder has cosigned nothing of this log.
static err_t find_head(struct bytes reply, const struct note_key *log, const struct note_key *holder,
                       struct head *out) {
    struct witness_heads heads = {0};
    err_t err = witness_heads_read(reply, &heads);
    for (size_t i = 0; err == OK && i < heads.count; i++) {
        struct note note;
        struct checkpoint checkpoint;
        int64_t time_s = 0;
        if (checkpoint_open(buf_bytes(&heads.notes[i]), log, &note, &checkpoint) != OK) {
            continue; // of another log
        }
        err = cosignature_verify(&note, holder, &time_s);
        if (err == OK) {
            out->checkpoint = checkpoint;
            buf_free(&out->note);
            buf_put(&out->note, heads.notes[i].data, heads.notes[i].len);
            err = buf_check(&out->note);
        }
    }
    witness_heads_free(&heads);
    return err;
}

err_t witnesses_ask(const struct auditing *auditing, const struct note_key *log, struct head heads[MAX_HOLDERS],
                    size_t *out_answered) {
    const struct descriptor *descriptor = auditing->descriptor;
    struct http_exchange exchanges[MAX_HOLDERS] = {0};
    struct http_client *client = NULL;
    err_t err = new_client(auditing->ca, auditing->certificate, auditing->key, auditing->connect_to, &client);
    if (err != OK) {
        return err;
    }
    *out_answered = 0;
    for (size_t i = 0; i < descriptor->holder_count; i++) {
        exchanges[i] = (struct http_exchange){.base = descriptor->holders[i], .path = ROUTE_WITNESS};
    }
    http_client_run(client, exchanges, descriptor->holder_count);
    for (size_t i = 0; i < descriptor->holder_count; i++) {
        err_t one = exchanges[i].err != OK
                        ? err_set(exchanges[i].err, "%s", exchanges[i].detail)
                        : find_head(buf_bytes(&exchanges[i].reply), log, &auditing->trust->holders[i], &heads[i]);
        if (one != OK) {
            log_err(one, "holder %zu was asked for the journal's head", i + 1);
        }
        *out_answered += one == OK ? 1 : 0;
        buf_free(&exchanges[i].reply);
    }
    http_client_free(client);
    return OK;
}

// ---- submitting

struct submission {
    const struct head *head;
    const struct note_key *log;
    const struct tiles_view *view;
    const struct descriptor *descriptor;
    struct buf bodies[MAX_HOLDERS];
    struct http_exchange exchanges[MAX_HOLDERS];
    size_t asked[MAX_HOLDERS]; // holders of the exchanges, from 0
    size_t count;
};

static void submission_reset(struct submission *submission) {
    for (size_t i = 0; i < submission->count; i++) {
        buf_free(&submission->bodies[i]);
        buf_free(&submission->exchanges[i].reply);
    }
    submission->count = 0;
}

static err_t add_holder(struct witnesses *witnesses, struct submission *submission, size_t i) {
    struct witness_request request = {.old_size = witnesses->holders[i].known, .checkpoint = submission->head->note};
    struct tiles_view view = *submission->view;
    uint64_t size = submission->head->checkpoint.size;
    size_t at = submission->count;
    err_t err = merkle_prove_consistency(tiles_subtree, &view, request.old_size, size, &request.proof);
    if (err == OK) {
        err = witness_request_write(&request, &submission->bodies[at]);
    }
    if (err == OK) {
        submission->exchanges[at] = (struct http_exchange){.base = submission->descriptor->holders[i],
                                                           .path = ROUTE_WITNESS,
                                                           .body = buf_bytes(&submission->bodies[at])};
        submission->asked[at] = i;
        submission->count++;
    } else {
        buf_free(&submission->bodies[at]);
    }
    return err;
}

static err_t take_line(struct witnesses *witnesses, const struct submission *submission, size_t i, struct bytes reply) {
    struct holder *holder = &witnesses->holders[i];
    struct buf line = {0};
    struct buf whole = {0};
    struct note note;
    int64_t time_s = 0;
    err_t err = witness_reply_read(reply, &line);
    if (err == OK) {
        buf_put(&whole, submission->head->note.data, submission->head->note.len);
        buf_put(&whole, line.data, line.len);
        err = buf_check(&whole);
    }
    if (err == OK) {
        err = note_parse(buf_bytes(&whole), &note);
    }
    if (err == OK) {
        err = cosignature_verify(&note, &witnesses->trust->holders[i], &time_s);
    }
    buf_free(&whole);
    if (err != OK) {
        buf_free(&line);
        return err;
    }
    buf_free(&holder->line);
    holder->line = line;
    holder->time_s = time_s;
    holder->known = submission->head->checkpoint.size;
    return OK;
}

// What the holder shows must be a beginning of this journal.
static err_t judge(const struct submission *submission, const struct head *shown, size_t i) {
    uint8_t root[MERKLE_HASH_SIZE];
    uint64_t size = shown->checkpoint.size;
    if (size > submission->head->checkpoint.size) {
        return err_set(ERR_CORRUPT,
                       "holder %zu has cosigned a head of this journal with %llu records, and it has %llu: the journal "
                       "was cut back or an older one was restored",
                       i + 1, (unsigned long long)size, (unsigned long long)submission->head->checkpoint.size);
    }
    err_t err = tiles_root(submission->view, size, root);
    if (err == OK && memcmp(root, shown->checkpoint.root, sizeof root) != 0) {
        err = err_set(ERR_CORRUPT,
                      "holder %zu has cosigned a head of this journal at record %llu that does not belong to it: "
                      "records were changed, or another journal was put in its place",
                      i + 1, (unsigned long long)size);
    }
    return err;
}

// The holder stands elsewhere: only a head with the log's own signature is believed against the journal.
static err_t look_behind(struct witnesses *witnesses, const struct submission *submission, size_t i) {
    struct http_exchange exchange = {.base = submission->descriptor->holders[i], .path = ROUTE_WITNESS};
    struct head shown = {0};
    err_t err = http_client_one(witnesses->client, &exchange);
    if (err == OK) {
        err = find_head(buf_bytes(&exchange.reply), submission->log, &witnesses->trust->holders[i], &shown);
    }
    if (err == OK) {
        err = judge(submission, &shown, i);
    }
    if (err == OK) {
        witnesses->holders[i].known = shown.checkpoint.size;
    }
    buf_free(&exchange.reply);
    buf_free(&shown.note);
    return err;
}

static void complain(struct holder *holder, size_t i, err_t err) {
    if (!holder->complained) {
        log_err(err, "holder %zu did not cosign the journal's head", i + 1);
    }
    holder->complained = true;
}

// Submits to the holders of `again` (NULL: to all) and marks those that are to be asked once more.
static err_t submit_round(struct witnesses *witnesses, struct submission *submission, const bool *only, bool *again) {
    err_t betrayed = OK;
    for (size_t i = 0; i < submission->descriptor->holder_count; i++) {
        if (only == NULL || only[i]) {
            err_t err = add_holder(witnesses, submission, i);
            if (err != OK) {
                return err;
            }
        }
    }
    http_client_run(witnesses->client, submission->exchanges, submission->count);
    for (size_t at = 0; at < submission->count; at++) {
        const struct http_exchange *exchange = &submission->exchanges[at];
        size_t i = submission->asked[at];
        struct holder *holder = &witnesses->holders[i];
        err_t err = exchange->err == OK ? take_line(witnesses, submission, i, buf_bytes(&exchange->reply))
                                        : err_set(exchange->err, "%s", exchange->detail);
        if (exchange->err == ERR_CONFLICT || exchange->err == ERR_INCONSISTENT) {
            err = look_behind(witnesses, submission, i);
            again[i] = err == OK && only == NULL;
        }
        if (err == OK && exchange->err == OK) {
            holder->complained = false;
        } else if (err != OK) {
            complain(holder, i, err);
        }
        betrayed = err == ERR_CORRUPT ? err : betrayed;
    }
    submission_reset(submission);
    return betrayed;
}

err_t witnesses_submit(struct witnesses *witnesses, const struct head *head, const struct note_key *log,
                       const struct tiles_view *view, const struct descriptor *descriptor) {
    struct submission submission = {.head = head, .log = log, .view = view, .descriptor = descriptor};
    bool again[MAX_HOLDERS] = {false};
    bool any = false;
    if (memcmp(&witnesses->head, &head->checkpoint, sizeof witnesses->head) != 0) {
        forget_lines(witnesses);
        witnesses->head = head->checkpoint;
    }
    err_t err = submit_round(witnesses, &submission, NULL, again);
    for (size_t i = 0; i < MAX_HOLDERS; i++) {
        any = any || again[i];
    }
    if (err == OK && any) {
        bool ignored[MAX_HOLDERS];
        err = submit_round(witnesses, &submission, again, ignored);
    }
    submission_reset(&submission);
    return err;
}

size_t witnesses_count(const struct witnesses *witnesses) {
    size_t count = 0;
    for (size_t i = 0; i < MAX_HOLDERS; i++) {
        count += witnesses->holders[i].line.len > 0 ? 1 : 0;
    }
    return count;
}

int64_t witnesses_time(const struct witnesses *witnesses) {
    int64_t oldest = 0;
    for (size_t i = 0; i < MAX_HOLDERS; i++) {
        const struct holder *holder = &witnesses->holders[i];
        if (holder->line.len > 0 && (oldest == 0 || holder->time_s < oldest)) {
            oldest = holder->time_s;
        }
    }
    return oldest;
}

void witnesses_put_lines(const struct witnesses *witnesses, struct buf *out) {
    for (size_t i = 0; i < MAX_HOLDERS; i++) {
        buf_put(out, witnesses->holders[i].line.data, witnesses->holders[i].line.len);
    }
}

// SPDX-License-Identifier: Apache-2.0
// Attacks on the witness by whoever has the log's key: an older head, a forked one, one without a proof, a restart, a
// clock that was set back.
#include "keys/keyholderd/witness.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/secret.h"
#include "tests/base/refusal.h"
#include "tests/base/scratch.h"

#define LEAVES 12
#define NOW ((int64_t)1800000000)

static const uint8_t log_seed[NOTE_SEED_SIZE] = {1}, holder_seed[NOTE_SEED_SIZE] = {2},
                     other_seed[NOTE_SEED_SIZE] = {3};
static struct trust trust;
static struct witness *witness;
static int64_t now_s;
static char folder[160];

struct tree { // a log's leaves
    uint8_t leaves[LEAVES][MERKLE_HASH_SIZE];
};
static struct tree honest, forked;

static int64_t test_now_ms(void *ctx) {
    (void)ctx;
    return now_s * 1000;
}
static const struct wall_clock test_clock = {test_now_ms, NULL};

static err_t open_witness(struct witness **out) {
    const struct witness_setup setup = {
        .folder = folder, .trust = &trust, .holder = 1, .seed = holder_seed, .clock = &test_clock};
    return witness_open(&setup, out);
}

static void restart(void) {
    witness_free(witness);
    witness = NULL;
    assert_ok(open_witness(&witness));
}

static void start(void) {
    cr_assert_eq(secret_start(), OK);
    scratch_make();
    snprintf(folder, sizeof folder, "%s", scratch_path("state"));
    assert_ok(file_make_dir(folder));
    now_s = NOW;
    trust = (struct trust){.threshold = 1, .holder_count = 1, .log_count = 1};
    assert_ok(note_key_of_seed("demo-holder-1", holder_seed, &trust.holders[0]));
    assert_ok(note_key_of_seed("demo/journal-1", log_seed, &trust.logs[0]));
    for (uint8_t i = 0; i < LEAVES; i++) {
        merkle_leaf(bytes_of(&i, 1), honest.leaves[i]);
    }
    forked = honest;
    memcpy(forked.leaves[2], honest.leaves[3], MERKLE_HASH_SIZE); // two records changed places
    memcpy(forked.leaves[3], honest.leaves[2], MERKLE_HASH_SIZE);
    restart();
}

static void end(void) {
    witness_free(witness);
    scratch_remove();
}

TestSuite(witness, .init = start, .fini = end);

static err_t read_subtree(void *ctx, unsigned level, uint64_t index, uint8_t out[MERKLE_HASH_SIZE]) {
    const struct tree *tree = ctx;
    struct merkle merkle = {0};
    for (uint64_t i = index << level; i < (index + 1) << level; i++) {
        merkle_append(&merkle, tree->leaves[i]);
    }
    merkle_root(&merkle, out);
    return OK;
}

static struct witness_request request_of(struct tree *tree, uint64_t old, uint64_t size, const uint8_t *seed) {
    struct witness_request request = {.old_size = old};
    struct checkpoint head = {.origin = "demo/journal-1", .size = size};
    assert_ok(merkle_root_at(read_subtree, tree, size, head.root));
    if (old <= size) {
        assert_ok(merkle_prove_consistency(read_subtree, tree, old, size, &request.proof));
    }
    assert_ok(checkpoint_sign(&head, seed, &request.checkpoint));
    return request;
}

static err_t submit(struct witness_request request, uint64_t *out_known, struct buf *line) {
    err_t err = witness_add(witness, &request, out_known, line);
    witness_request_free(&request);
    return err;
}

static err_t add(struct tree *tree, uint64_t old, uint64_t size) {
    uint64_t known = 0;
    struct buf line = {0};
    err_t err = submit(request_of(tree, old, size, log_seed), &known, &line);
    cr_expect_eq(line.len > 0, err == OK);
    buf_free(&line);
    return err;
}

// The one head that it tells, checked like anybody would.
static uint64_t told(int64_t *out_time_s) {
    struct witness_heads heads = {0};
    struct note note;
    struct checkpoint head = {.size = 0};
    assert_ok(witness_heads(witness, &heads));
    if (heads.count == 1) {
        assert_ok(checkpoint_open(buf_bytes(&heads.notes[0]), &trust.logs[0], &note, &head));
        assert_ok(cosignature_verify(&note, &trust.holders[0], out_time_s));
    }
    witness_heads_free(&heads);
    return head.size;
}

Test(witness, cosigns_the_first_head_and_what_extends_it) {
    int64_t time_s = 0;
    cr_expect_eq(told(&time_s), 0);
    assert_ok(add(&honest, 0, 3));
    assert_ok(add(&honest, 3, 3));
    assert_ok(add(&honest, 3, 8));
    now_s += 60;
    assert_ok(add(&honest, 8, 12));
    cr_expect_eq(told(&time_s), 12);
    cr_expect_eq(time_s, NOW + 60);
}

Test(witness, remembers_over_a_restart_and_refuses_an_older_head) {
    int64_t time_s = 0;
    assert_ok(add(&honest, 0, 8));
    restart();
    cr_expect_eq(told(&time_s), 8);
    uint64_t known = 0;
    struct buf line = {0};
    assert_refused(submit(request_of(&honest, 0, 5, log_seed), &known, &line), ERR_CONFLICT, "has the size 8");
    cr_expect_eq(known, 8);
    assert_refused(submit(request_of(&honest, 8, 5, log_seed), &known, &line), ERR_INPUT, "larger than");
    assert_refused(submit(request_of(&honest, 5, 8, log_seed), &known, &line), ERR_CONFLICT, "has the size 8");
    cr_expect_eq(line.len, 0);
    cr_expect_eq(told(&time_s), 8);
    assert_ok(add(&honest, 8, 9));
}

Test(witness, refuses_a_forked_head_and_keeps_it_as_evidence) {
    char path[256];
    char id[9];
    hex_encode(trust.logs[0].hash, 4, id);
    snprintf(path, sizeof path, "%s/witness-%s.refused", folder, id);
    assert_ok(add(&honest, 0, 8));
    cr_expect_neq(access(path, F_OK), 0);
    assert_refused(add(&forked, 8, 12), ERR_INCONSISTENT, "does not show");
    cr_expect_eq(access(path, F_OK), 0);
    (void)unlink(path);
    assert_refused(add(&forked, 8, 8), ERR_CONFLICT, "another head of that size");
    struct buf kept = {0};
    struct note note;
    struct checkpoint head;
    assert_ok(file_read(path, CHECKPOINT_MAX, &kept));
    assert_ok(checkpoint_open(buf_bytes(&kept), &trust.logs[0], &note, &head));
    cr_expect_eq(head.size, 8);
    buf_free(&kept);
    int64_t time_s = 0;
    cr_expect_eq(told(&time_s), 8);
}

Test(witness, refuses_a_proof_that_was_left_out_or_changed) {
    uint64_t known = 0;
    struct buf line = {0};
    assert_ok(add(&honest, 0, 5));
    struct witness_request request = request_of(&honest, 5, 12, log_seed);
    request.proof.hashes[0][0] ^= 1;
    assert_refused(submit(request, &known, &line), ERR_INCONSISTENT, "does not show");
    request = request_of(&honest, 5, 12, log_seed);
    request.proof.count = 0;
    assert_refused(submit(request, &known, &line), ERR_INCONSISTENT, "does not show");
}

Test(witness, refuses_another_log_and_another_key) {
    uint64_t known = 0;
    struct buf line = {0};
    assert_refused(submit(request_of(&honest, 0, 5, other_seed), &known, &line), ERR_DENIED, "not signed");
    struct witness_request request = request_of(&honest, 0, 5, log_seed);
    request.checkpoint.data[0] = 'x';
    assert_refused(submit(request, &known, &line), ERR_NOT_FOUND, "no log of that origin");
    request = request_of(&honest, 0, 5, log_seed);
    request.checkpoint.data[strlen("demo/journal-1\n")] = '4';
    assert_refused(submit(request, &known, &line), ERR_DENIED, "not signed");
    request = request_of(&honest, 0, 5, log_seed);
    request.checkpoint.len -= 2;
    cr_expect_eq(submit(request, &known, &line), ERR_INPUT);
    cr_expect_eq(line.len, 0);
}

Test(witness, takes_back_nothing_when_its_clock_is_set_back) {
    int64_t time_s = 0;
    assert_ok(add(&honest, 0, 5));
    now_s -= 1000;
    restart();
    assert_ok(add(&honest, 5, 6));
    cr_expect_eq(told(&time_s), 6);
    cr_expect_eq(time_s, NOW);
}

Test(witness, is_not_flooded_by_signatures_of_others) {
    uint64_t known = 0;
    struct buf line = {0};
    int64_t time_s = 0;
    struct witness_request request = request_of(&honest, 0, 5, log_seed);
    for (int i = 0; i < NOTE_MAX_SIGNATURES - 1; i++) {
        buf_put_str(&request.checkpoint, "\xe2\x80\x94 stranger AAAA\n");
    }
    assert_ok(submit(request, &known, &line));
    restart();
    cr_expect_eq(told(&time_s), 5);
    buf_free(&line);
}

Test(witness, does_not_start_with_a_state_that_it_cannot_read) {
    char path[256];
    char id[9];
    struct witness *other = NULL;
    hex_encode(trust.logs[0].hash, 4, id);
    snprintf(path, sizeof path, "%s/witness-%s.checkpoint", folder, id);
    assert_ok(add(&honest, 0, 5));
    struct buf kept = {0};
    assert_ok(file_read(path, CHECKPOINT_MAX, &kept));
    for (size_t i = 0; i < kept.len; i += 7) {
        uint8_t before = kept.data[i];
        kept.data[i] ^= 0x01;
        assert_ok(file_replace(path, 0600, buf_bytes(&kept)));
        assert_refused(open_witness(&other), ERR_CORRUPT, path);
        kept.data[i] = before;
    }
    assert_ok(file_replace(path, 0600, (struct bytes){0}));
    assert_refused(open_witness(&other), ERR_CORRUPT, path);
    buf_free(&kept);
    snprintf(folder, sizeof folder, "%s", scratch_path("elsewhere"));
    assert_refused(open_witness(&other), ERR_NOT_FOUND, "no such folder");
}

// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/merkle_proof.h"
#include "indexd/indexctl/journal.h"
#include "indexd/indexctl/journal_source.h"
#include "indexd/indexctl/request.h"
#include "indexd/log/head.h"
#include "indexd/log/tiles.h"

struct proving {
    struct source source;
    char *log; // folder
    struct head head;
    struct tiles_view view;
};

// The cosigned head is the one that a proof should lead to; before there is one, the signed.
static err_t open_head(struct proving *proving) {
    struct note_key key;
    proving->log = file_join(proving->source.folder, LOG_FOLDER);
    err_t err = proving->log == NULL ? err_set(ERR_MEMORY, "out of memory") : log_vkey_load(proving->log, &key);
    if (err == OK) {
        err = head_load(proving->log, LOG_COSIGNED, &key, &proving->head);
    }
    if (err == ERR_NOT_FOUND) {
        err = head_load(proving->log, LOG_CHECKPOINT, &key, &proving->head);
    }
    proving->view = (struct tiles_view){proving->log, proving->head.checkpoint.size};
    return err;
}

static void print_base64(const char *before, const uint8_t hash[MERKLE_HASH_SIZE]) {
    char text[BASE64_SIZE(MERKLE_HASH_SIZE)];
    base64_encode(hash, MERKLE_HASH_SIZE, text);
    printf("%s%s\n", before, text);
}

static void print_hashes(const struct merkle_proof *proof) {
    for (size_t i = 0; i < proof->count; i++) {
        print_base64("", proof->hashes[i]);
    }
}

// https://c2sp.org/tlog-proof; the extra data is the record's leaf hash. What is printed was checked against the head,
// so that damaged tiles give no proof instead of a wrong one.
static err_t prove_inclusion(struct proving *proving) {
    const struct checkpoint *head = &proving->head.checkpoint;
    uint64_t seq = 0;
    struct merkle_proof proof;
    uint8_t leaf[MERKLE_HASH_SIZE];
    err_t err = source_number(proving->source.operands[0], &seq);
    if (err == OK && (seq == 0 || seq > head->size)) {
        err = err_set(ERR_INPUT, "the head covers records 1 to %llu", (unsigned long long)head->size);
    }
    if (err == OK) {
        err = merkle_prove_inclusion(tiles_subtree, &proving->view, seq - 1, head->size, &proof);
    }
    if (err == OK) {
        err = tiles_subtree(&proving->view, 0, seq - 1, leaf);
    }
    if (err == OK) {
        err = merkle_check_inclusion(&proof, leaf, seq - 1, head->size, head->root);
    }
    if (err == OK) {
        printf("c2sp.org/tlog-proof@v1\n");
        print_base64("extra ", leaf);
        printf("index %llu\n", (unsigned long long)seq - 1);
        print_hashes(&proof);
        printf("\n%.*s", (int)proving->head.note.len, (const char *)proving->head.note.data);
    }
    return err;
}

static err_t check_sizes(const struct proving *proving, uint64_t old, uint64_t new) {
    uint64_t size = proving->head.checkpoint.size;
    return old <= new &&new <= size
               ? OK
               : err_set(ERR_INPUT, "OLD must not be larger than NEW, nor NEW than the head's size, %llu",
                         (unsigned long long)size);
}

static err_t prove_consistency(struct proving *proving) {
    uint64_t old = 0;
    uint64_t new = 0;
    uint8_t roots[2][MERKLE_HASH_SIZE];
    struct merkle_proof proof;
    err_t err = source_number(proving->source.operands[0], &old);
    if (err == OK) {
        err = source_number(proving->source.operands[1], &new);
    }
    if (err == OK) {
        err = check_sizes(proving, old, new);
    }
    if (err == OK) {
        err = tiles_root(&proving->view, old, roots[0]);
    }
    if (err == OK) {
        err = tiles_root(&proving->view, new, roots[1]);
    }
    if (err == OK) {
        err = merkle_prove_consistency(tiles_subtree, &proving->view, old, new, &proof);
    }
    if (err == OK) {
        err = merkle_check_consistency(&proof, old, roots[0], new, roots[1]);
    }
    if (err == OK) {
        printf("old %llu\n", (unsigned long long)old);
        print_base64("", roots[0]);
        printf("new %llu\n", (unsigned long long)new);
        print_base64("", roots[1]);
        printf("\n");
        print_hashes(&proof);
    }
    return err;
}

static int run(int argc, char **argv, const struct option_usage *usage, size_t operands,
               err_t (*prove)(struct proving *proving)) {
    struct proving proving = {.source = {0}};
    const struct option_row rows[] = {SOURCE_ROWS(&proving.source)};
    int exit_code = source_read(argc, argv, usage, rows, SOURCE_ROW_COUNT, operands, &proving.source);
    if (exit_code == GO_ON) {
        err_t err = open_head(&proving);
        if (!err) {
            err = prove(&proving);
        }
        exit_code = err ? request_fail(err, "no proof") : DONE;
    }
    buf_free(&proving.head.note);
    free(proving.log);
    source_free(&proving.source);
    return exit_code;
}

static int run_inclusion(int argc, char **argv) {
    static const struct option_usage usage = {
        "indexctl journal prove inclusion", "--config FILE | --export FOLDER  RECORD",
        "Prints a proof (c2sp.org/tlog-proof) that the record of this number is in the journal of the cosigned head, "
        "for whoever has the sealed record: the hash of it stands in the line \"extra\".",
        "Exit codes: 0 proved, 2 no proof."};
    return run(argc, argv, &usage, 1, prove_inclusion);
}

static int run_consistency(int argc, char **argv) {
    static const struct option_usage usage = {
        "indexctl journal prove consistency", "--config FILE | --export FOLDER  OLD NEW",
        "Prints the heads of the first OLD and of the first NEW records, and the RFC 6962 proof that the one is a "
        "beginning of the other.",
        "Exit codes: 0 proved, 2 no proof."};
    return run(argc, argv, &usage, 2, prove_consistency);
}

int run_journal_prove(int argc, char **argv) {
    static const struct subcommand rows[] = {
        {"inclusion", run_inclusion, "prove that a record is in the journal"},
        {"consistency", run_consistency, "prove that a longer journal extends a shorter one"},
    };
    return subcommands_run(argc, argv, "indexctl journal prove", "Proofs from the journal's tiles, without any key.",
                           rows, sizeof rows / sizeof rows[0], NOT_DONE);
}

// SPDX-License-Identifier: Apache-2.0
// The campaign of faults: what a running index does when memory, the disk, the clock, descriptors or one of its threads
// fail it, and a key holder when memory does. Each part starts a daemon of its own behind bench/fault_shim. After every
// fault the outcome must be a right answer, a refusal or the end of the connection; the daemon must go on or stop
// cleanly, and know what it acknowledged or gave.
//
//   faults [--part NAME] [--every N]
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/options.h"
#include "bench/faults.h"

struct campaign {
    const char *part;
    int64_t every;
};

static const struct part {
    const char *name;
    err_t (*run)(struct faults_run *run);
} parts[] = {
    {"memory", faults_memory},
    {"background", faults_background},
    {"descriptors", faults_descriptors},
    {"clock", faults_clock},
    {"disk", faults_disk},
    {"thread", faults_thread},
    {"holder", faults_holder},
};

static err_t prepare(struct running_scheme *scheme) {
    err_t err = scheme_stop_index(scheme);
    return err == OK ? scheme_set(scheme, "index.ini", "metrics", "127.0.0.1:0") : err;
}

static int work(struct running_scheme *scheme, void *ctx) {
    const struct campaign *campaign = ctx;
    struct faults_run run = {.scheme = scheme, .every = campaign->every};
    bool found = false;
    err_t err = prepare(scheme);
    for (size_t i = 0; err == OK && i < sizeof parts / sizeof parts[0]; i++) {
        if (campaign->part == NULL || strcmp(campaign->part, parts[i].name) == 0) {
            found = true;
            err = parts[i].run(&run);
        }
    }
    if (err == OK && !found) {
        err = err_set(ERR_INPUT, "there is no part \"%s\"", campaign->part);
    }
    printf("findings: %llu\n", (unsigned long long)run.findings);
    if (err != OK) {
        fprintf(stderr, "faults: %s: %s\n", err_text(err), err_detail());
    }
    faults_disconnect(&run);
    references_free(&run.references);
    free(run.acknowledged);
    return run.findings > 0 ? 1 : err != OK ? 2 : 0;
}

int main(int argc, char **argv) {
    static struct campaign campaign = {.every = 1};
    int first = 0;
    bool help = false;
    const struct option_row rows[] = {
        {"part", "NAME", OPTION_TEXT, &campaign.part, 0, 0,
         "memory, background, descriptors, clock, disk, thread or holder; all parts without it."},
        {"every", "N", OPTION_NUMBER, &campaign.every, 1, 1000, "Try each Nth fault alone (1)."},
    };
    const struct option_usage usage = {"faults", "[OPTIONS]", "Lets memory, disk, clock and threads fail a daemon.",
                                       "Exit codes: 0 all held, 1 a finding, 2 it could not begin."};
    err_t err = options_read(argc, argv, &usage, rows, sizeof rows / sizeof rows[0], &first, &help);
    if (err != OK || help) {
        return help ? 0 : 2;
    }
    return running_scheme_with(work, &campaign);
}

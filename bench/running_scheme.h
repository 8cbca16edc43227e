// SPDX-License-Identifier: Apache-2.0
// A throwaway scheme for measurements: made by make_scheme.sh, three key holders and the index as real processes on
// ports that the system chose. Its folder lies in the build folder, on a real disk where there is one, and goes away at
// the end, whatever the end was.
#ifndef BENCH_RUNNING_SCHEME_H
#define BENCH_RUNNING_SCHEME_H

#include "base/bytes.h"
#include "base/err.h"
#include "keys/descriptor.h"
#include "proto/http_client.h"
#include "tests/support/process.h"

#define SCHEME_HOLDERS 3

struct running_scheme {
    const char *build; // the build folder, from SIGNPOST_BUILD
    char dir[512];
    struct daemon_process holders[SCHEME_HOLDERS], index;
    struct descriptor descriptor;
    char connect_to[512]; // from the descriptor's addresses to the real ports
};

// Makes the scheme, starts everything, runs `work` in a process of its own, ends everything and returns work's exit
// code; 2 with a message on stderr where it could not begin. All daemons run with one worker thread.
int running_scheme_with(int (*work)(struct running_scheme *scheme, void *ctx), void *ctx);

// The same in a folder that stays. Where a scheme was made in it before, that one is started.
int running_scheme_in(const char *folder, int (*work)(struct running_scheme *scheme, void *ctx), void *ctx);

// "dir/name".
void scheme_path(const struct running_scheme *scheme, const char *name, char out[640]);
err_t scheme_write(const struct running_scheme *scheme, const char *name, struct bytes contents);
// Sets `key` in a configuration file, for the next start.
err_t scheme_set(const struct running_scheme *scheme, const char *name, const char *key, const char *value);
// Runs a built program in the scheme's folder; argv[0] is its path in the build folder, and NULL the last. ERR_IO with
// what it printed when its exit code is not 0.
err_t scheme_run(const struct running_scheme *scheme, const char *const *argv);
// The index alone, at a port of its own each time.
err_t scheme_stop_index(struct running_scheme *scheme);
void scheme_start_index(struct running_scheme *scheme);
void scheme_start_holder(struct running_scheme *scheme, int holder); // 0..
// A client as NAME (north, south, jo); freed by http_client_free.
err_t scheme_client(const struct running_scheme *scheme, const char *name, struct http_client **out);

#endif

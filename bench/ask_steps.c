// SPDX-License-Identifier: Apache-2.0
// The very client, linked with --wrap so that the moments between its steps are noted, and written to the file that
// SIGNPOST_STEPS names when it ends. The program that is timed as a whole is the plain one.
#include "bench/ask_steps.h"

#include <stdio.h>
#include <stdlib.h>

#include "bench/figures.h"
#include "client/batch.h"
#include "client/questions.h"
#include "client/session.h"
#include "proto/http_client.h"

// The names are those that the linker gives.
// NOLINTBEGIN(bugprone-reserved-identifier)
err_t __real_session_open(const struct client_config *config, struct session **out);
err_t __wrap_session_open(const struct client_config *config, struct session **out);
void __real_questions_ask(struct session *session, const struct ask *ask, const struct caseload_child *children,
                          size_t count, struct progress progress, struct outcome *outcomes);
void __wrap_questions_ask(struct session *session, const struct ask *ask, const struct caseload_child *children,
                          size_t count, struct progress progress, struct outcome *outcomes);
void __real_batch_finish(struct pool_job *job);
void __wrap_batch_finish(struct pool_job *job);
void __real_http_client_run(struct http_client *client, struct http_exchange *exchanges, size_t count);
void __wrap_http_client_run(struct http_client *client, struct http_exchange *exchanges, size_t count);

static int64_t moments[MOMENTS];

// Only the first of its kind is noted: one question has one of each.
static void note(enum moment moment) {
    if (moments[moment] == 0) {
        moments[moment] = wall_ns();
    }
}

static void write_moments(void) {
    const char *path = getenv("SIGNPOST_STEPS");
    FILE *file = path == NULL ? NULL : fopen(path, "wb");
    if (file != NULL) {
        (void)fwrite(moments, sizeof moments[0], MOMENTS, file); // a short file is found by its reader
        (void)fclose(file);
    }
}

__attribute__((constructor)) static void loaded(void) {
    note(MOMENT_LOADED);
    (void)atexit(write_moments);
}

err_t __wrap_session_open(const struct client_config *config, struct session **out) {
    err_t err = __real_session_open(config, out);
    note(MOMENT_OPENED);
    return err;
}

void __wrap_questions_ask(struct session *session, const struct ask *ask, const struct caseload_child *children,
                          size_t count, struct progress progress, struct outcome *outcomes) {
    note(MOMENT_ASKED);
    __real_questions_ask(session, ask, children, count, progress, outcomes);
}

void __wrap_batch_finish(struct pool_job *job) {
    note(MOMENT_PROVED);
    __real_batch_finish(job);
    note(MOMENT_FINALISED);
}

// First the key holders with the index's status, then the question.
void __wrap_http_client_run(struct http_client *client, struct http_exchange *exchanges, size_t count) {
    bool first = moments[MOMENT_BLINDED] == 0;
    note(first ? MOMENT_BLINDED : MOMENT_SENT);
    __real_http_client_run(client, exchanges, count);
    note(first ? MOMENT_EVALUATED : MOMENT_ANSWERED);
}
// NOLINTEND(bugprone-reserved-identifier)

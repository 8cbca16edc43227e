// SPDX-License-Identifier: Apache-2.0
// The crash campaign of a holder's budgets: a key holder that evaluates for several accounts is killed (SIGKILL) at
// random moments. What its file of counts says afterwards of an account must be at least what that account was given,
// over all days, and the holder must start from it; in the end it must refuse whoever has used up what is allowed.
//
//   kills_holder [--kills N] [--seed N]
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/options.h"
#include "bench/counted.h"
#include "bench/random.h"
#include "bench/running_scheme.h"
#include "proto/evaluation.h"
#include "proto/routes.h"

#define ELEMENTS 64    // of a request, at most
#define REPLIES_MAX 60 // until a kill
#define NO_LIMIT 0
#define COUNTS "holder-1.state/counts"

struct asker {
    struct campaign *campaign;
    const char *name, *account;
    bool of_south; // its elements count for the account of south as well
    struct random random;
    uint64_t given; // elements whose evaluation was received
    err_t err;      // what must not have happened
    char detail[256];
};

struct campaign {
    struct running_scheme *scheme;
    int64_t kills, seed;
    struct asker askers[3];
    struct evaluation_request request; // as many elements as may be asked for
    atomic_ulong replies;
    uint64_t refused, torn, most_ahead;
};
#define ASKERS (sizeof(((struct campaign *)NULL)->askers) / sizeof(struct asker))

static err_t evaluate(struct asker *asker, struct http_client *client, size_t count) {
    static _Thread_local struct evaluation_request request;
    static _Thread_local struct evaluation_reply reply;
    struct http_exchange exchange = {.base = "https://127.0.0.1:1", .path = ROUTE_EVALUATIONS};
    struct buf body = {0};
    request = asker->campaign->request;
    request.count = count;
    err_t err = evaluation_request_write(&request, &body);
    if (err == OK) {
        exchange.body = buf_bytes(&body);
        err = http_client_one(client, &exchange);
    }
    if (err == OK) {
        err = evaluation_reply_read(buf_bytes(&exchange.reply), &reply);
    }
    if (err == OK && reply.count != count) {
        err = err_set(ERR_CORRUPT, "%zu elements of %zu were evaluated", reply.count, count);
    }
    asker->given += err == OK ? count : 0;
    buf_free(&exchange.reply);
    buf_free(&body);
    return err;
}

// Until the holder is gone.
static void *ask_on(void *ctx) {
    struct asker *asker = ctx;
    struct campaign *campaign = asker->campaign;
    struct http_client *client = NULL;
    err_t err = scheme_client(campaign->scheme, asker->name, &client);
    while (err == OK) {
        err = evaluate(asker, client, 1 + random_below(&asker->random, ELEMENTS));
        if (err == OK) {
            (void)atomic_fetch_add(&campaign->replies, 1);
        }
    }
    asker->err = err == ERR_NETWORK ? OK : err; // a connection that broke off is what a kill looks like
    (void)snprintf(asker->detail, sizeof asker->detail, "%s", err_detail());
    http_client_free(client);
    (void)atomic_fetch_add(&campaign->replies, REPLIES_MAX); // nobody waits for one that has ended
    return NULL;
}

static err_t run_and_kill(struct campaign *campaign) {
    pthread_t threads[ASKERS];
    const uint64_t enough = 1 + random_below(&campaign->askers[0].random, REPLIES_MAX);
    const struct timespec moment = {.tv_nsec = 200000};
    atomic_store(&campaign->replies, 0);
    for (size_t i = 0; i < ASKERS; i++) {
        if (pthread_create(&threads[i], NULL, ask_on, &campaign->askers[i]) != 0) {
            return err_set(ERR_MEMORY, "no thread");
        }
    }
    while (atomic_load(&campaign->replies) < enough) {
        (void)nanosleep(&moment, NULL);
    }
    (void)daemon_stop(&campaign->scheme->holders[0], SIGKILL);
    err_t err = OK;
    for (size_t i = 0; i < ASKERS; i++) {
        const struct asker *asker = &campaign->askers[i];
        (void)pthread_join(threads[i], NULL);
        if (asker->err != OK && err == OK) {
            err = err_set(asker->err, "%s: %s: %s", asker->name, err_text(asker->err), asker->detail);
        }
    }
    return err;
}

// ---- the counts

static uint64_t given_to(const struct campaign *campaign, const struct asker *of) {
    uint64_t given = of->given;
    for (size_t i = 0; i < ASKERS && strcmp(of->account, "south") == 0; i++) {
        given += campaign->askers[i].of_south ? campaign->askers[i].given : 0;
    }
    return given;
}

static err_t check_counts(struct campaign *campaign) {
    char path[640];
    err_t err = OK;
    scheme_path(campaign->scheme, COUNTS, path);
    for (size_t i = 0; err == OK && i < ASKERS; i++) {
        const struct asker *asker = &campaign->askers[i];
        const uint64_t given = given_to(campaign, asker);
        uint64_t counted = 0;
        bool torn = false;
        err = counted_read(path, asker->account, &counted, &torn);
        campaign->torn += torn ? 1 : 0;
        if (err == OK && counted < given) {
            err = err_set(ERR_CORRUPT, "%s was given %llu elements, and the file counts %llu", asker->account,
                          (unsigned long long)given, (unsigned long long)counted);
        }
        const uint64_t ahead = counted > given ? counted - given : 0;
        campaign->most_ahead = ahead > campaign->most_ahead ? ahead : campaign->most_ahead;
    }
    return err;
}

// ---- the holder

// A limit of 0 is none. A step of the file is a share of the limit, and 8192 elements without one.
static err_t start_holder(struct campaign *campaign, uint64_t limit) {
    static const char *const keys[] = {"person_elements_hour", "person_elements_day", "agency_elements_hour",
                                       "agency_elements_day"};
    struct running_scheme *scheme = campaign->scheme;
    char text[32];
    err_t err = OK;
    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)limit);
    for (size_t i = 0; err == OK && i < sizeof keys / sizeof keys[0]; i++) {
        err = scheme_set(scheme, "holder-1.ini", keys[i], text);
    }
    if (err == OK) {
        scheme_start_holder(scheme, 0);
        (void)snprintf(scheme->connect_to, sizeof scheme->connect_to, "127.0.0.1:1:127.0.0.1:%u",
                       scheme->holders[0].port);
    }
    return err;
}

// Whoever has had the limit gets nothing more, be the holder killed as often as it was.
static err_t expect_refusals(struct campaign *campaign) {
    err_t err = OK;
    for (size_t i = 0; err == OK && i < ASKERS; i++) {
        struct asker *asker = &campaign->askers[i];
        struct http_client *client = NULL;
        (void)daemon_stop(&campaign->scheme->holders[0], SIGKILL);
        err = start_holder(campaign, given_to(campaign, asker));
        if (err == OK) {
            err = scheme_client(campaign->scheme, asker->name, &client);
        }
        if (err == OK) {
            const err_t got = evaluate(asker, client, 1);
            campaign->refused += got == ERR_BUDGET ? 1 : 0;
            err = got == ERR_BUDGET ? OK : err_set(ERR_CORRUPT, "%s was given more than the limit", asker->account);
        }
        http_client_free(client);
    }
    return err;
}

static err_t prepare(struct campaign *campaign) {
    campaign->request.epoch = campaign->scheme->descriptor.epoch;
    campaign->request.generation = campaign->scheme->descriptor.generation;
    for (size_t i = 0; i < ELEMENTS; i++) {
        crypto_core_ristretto255_random(campaign->request.elements[i]);
    }
    for (size_t i = 0; i < ASKERS; i++) {
        campaign->askers[i].campaign = campaign;
        campaign->askers[i].random.state = (uint64_t)campaign->seed * ASKERS + i;
    }
    return daemon_stop(&campaign->scheme->holders[0], SIGTERM) == 0 ? start_holder(campaign, NO_LIMIT)
                                                                    : err_set(ERR_IO, "the holder did not stop");
}

static int work(struct running_scheme *scheme, void *ctx) {
    struct campaign *campaign = ctx;
    int64_t kills = 0;
    campaign->scheme = scheme;
    err_t err = prepare(campaign);
    for (; err == OK && kills < campaign->kills; kills++) {
        err = run_and_kill(campaign);
        err = err == OK ? check_counts(campaign) : err;
        err = err == OK ? start_holder(campaign, NO_LIMIT) : err;
        err = err == OK ? check_counts(campaign) : err; // the file is written anew by a start
    }
    err = err == OK ? expect_refusals(campaign) : err;
    printf("kills                       %8lld\n", (long long)kills);
    printf("elements given              %8llu, and of south %llu with its people's\n",
           (unsigned long long)campaign->askers[0].given, (unsigned long long)given_to(campaign, &campaign->askers[1]));
    printf("lines cut off by a kill     %8llu\n", (unsigned long long)campaign->torn);
    printf("most counted beyond given   %8llu\n", (unsigned long long)campaign->most_ahead);
    printf("refused at the limit        %8llu\n", (unsigned long long)campaign->refused);
    printf("findings                    %8d\n", err == OK ? 0 : 1);
    if (err != OK) {
        fprintf(stderr, "kills_holder: after %lld kills: %s: %s\n", (long long)kills, err_text(err), err_detail());
    }
    return err == OK ? 0 : 1;
}

int main(int argc, char **argv) {
    static struct campaign campaign = {.kills = 1000,
                                       .seed = 1,
                                       .askers = {{.name = "north", .account = "north"},
                                                  {.name = "south", .account = "south"},
                                                  {.name = "jo", .account = "south:jo", .of_south = true}}};
    int first = 0;
    bool help = false;
    const struct option_row rows[] = {
        {"kills", "N", OPTION_NUMBER, &campaign.kills, 1, 1000000, "How often the holder is killed."},
        {"seed", "N", OPTION_NUMBER, &campaign.seed, 0, INT32_MAX, "What is drawn at random follows from it."},
    };
    const struct option_usage usage = {"kills_holder", "[OPTIONS]", "Kills a holder under load and checks its counts.",
                                       "Exit codes: 0 nothing was lost, 1 a finding, 2 it could not begin."};
    err_t err = options_read(argc, argv, &usage, rows, sizeof rows / sizeof rows[0], &first, &help);
    if (err != OK || help) {
        return help ? 0 : 2;
    }
    return running_scheme_with(work, &campaign);
}

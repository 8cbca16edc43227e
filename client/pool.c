// SPDX-License-Identifier: Apache-2.0
#include "client/pool.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#define MAX_THREADS 64

struct job_list {
    struct pool_job *first, *last;
};

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t queued_changed, ended_changed;
    struct job_list queued, ended;
    size_t under_way; // submitted, not yet taken
    bool stopping;
    size_t thread_count;
    pthread_t threads[MAX_THREADS];
};

static void list_append(struct job_list *list, struct pool_job *job) {
    job->next = NULL;
    if (list->last != NULL) {
        list->last->next = job;
    } else {
        list->first = job;
    }
    list->last = job;
}

static void list_push(struct job_list *list, struct pool_job *job) {
    job->next = list->first;
    list->first = job;
    if (list->last == NULL) {
        list->last = job;
    }
}

static struct pool_job *list_pop(struct job_list *list) {
    struct pool_job *job = list->first;
    if (job != NULL) {
        list->first = job->next;
        if (list->first == NULL) {
            list->last = NULL;
        }
        job->next = NULL;
    }
    return job;
}

static void *work(void *arg) {
    struct pool *pool = arg;
    pthread_mutex_lock(&pool->lock);
    while (!pool->stopping) {
        struct pool_job *job = list_pop(&pool->queued);
        if (job == NULL) {
            pthread_cond_wait(&pool->queued_changed, &pool->lock);
            continue;
        }
        pthread_mutex_unlock(&pool->lock);
        job->run(job);
        pthread_mutex_lock(&pool->lock);
        list_append(&pool->ended, job);
        pthread_cond_signal(&pool->ended_changed);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

err_t pool_new(size_t threads, struct pool **out) {
    struct pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL) {
        return err_set(ERR_MEMORY, "no memory for a thread pool");
    }
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->queued_changed, NULL);
    pthread_cond_init(&pool->ended_changed, NULL);
    for (size_t i = 0; i < threads && i < MAX_THREADS; i++) {
        if (pthread_create(&pool->threads[i], NULL, work, pool) != 0) {
            break; // fewer threads are slower, and none at all works too
        }
        pool->thread_count++;
    }
    *out = pool;
    return OK;
}

void pool_free(struct pool *pool) {
    if (pool == NULL) {
        return;
    }
    pthread_mutex_lock(&pool->lock);
    pool->stopping = true;
    pthread_cond_broadcast(&pool->queued_changed);
    pthread_mutex_unlock(&pool->lock);
    for (size_t i = 0; i < pool->thread_count; i++) {
        pthread_join(pool->threads[i], NULL);
    }
    pthread_cond_destroy(&pool->ended_changed);
    pthread_cond_destroy(&pool->queued_changed);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

void pool_submit(struct pool *pool, struct pool_job *job, enum pool_order order) {
    assert(job->run != NULL);
    pthread_mutex_lock(&pool->lock);
    pool->under_way++;
    if (order == POOL_FIRST) {
        list_push(&pool->queued, job);
    } else {
        list_append(&pool->queued, job);
    }
    pthread_cond_signal(&pool->queued_changed);
    pthread_mutex_unlock(&pool->lock);
}

static void run_one_here(struct pool *pool) {
    struct pool_job *job = list_pop(&pool->queued);
    if (job != NULL) {
        job->run(job);
        list_append(&pool->ended, job);
    }
}

struct pool_job *pool_take(struct pool *pool, bool wait) {
    pthread_mutex_lock(&pool->lock);
    if (wait && pool->thread_count == 0 && pool->ended.first == NULL) {
        run_one_here(pool);
    }
    while (wait && pool->ended.first == NULL && pool->under_way > 0) {
        pthread_cond_wait(&pool->ended_changed, &pool->lock);
    }
    struct pool_job *job = list_pop(&pool->ended);
    if (job != NULL) {
        pool->under_way--;
    }
    pthread_mutex_unlock(&pool->lock);
    return job;
}

void pool_cancel(struct pool *pool) {
    pthread_mutex_lock(&pool->lock);
    while (list_pop(&pool->queued) != NULL) {
        pool->under_way--;
    }
    pthread_mutex_unlock(&pool->lock);
    while (pool_take(pool, true) != NULL) {
    }
}

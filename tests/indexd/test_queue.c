// SPDX-License-Identifier: Apache-2.0
#include "indexd/queue.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define TOUCHES 200

static struct queue queue;

static void start(void) {
    queue_init(&queue);
}

static void end(void) {
    queue_destroy(&queue);
}

TestSuite(queue, .init = start, .fini = end);

static void put_touches(void) {
    for (uint64_t i = 0; i < TOUCHES; i++) {
        queue_put_touch(&queue, &(struct touched){.record = i});
    }
}

// The touches among what was taken, each counted in `seen`.
static size_t end_touches(const struct taken *taken, unsigned seen[TOUCHES]) {
    size_t count = 0;
    for (struct memo *memo = taken->memos, *next = NULL; memo != NULL; memo = next) {
        next = memo->next;
        if (memo->kind == RECORD_TOUCH) {
            seen[memo->touched.record]++;
            count++;
        }
        queue_end_memo(&queue, memo, OK);
    }
    return count;
}

// An operation that follows the touches at once, as whoever asks again would have it.
static size_t touches_with_the_next_operation(unsigned seen[TOUCHES]) {
    struct operation operation = {.kind = OPERATION_QUESTION};
    struct taken taken;
    queue_put(&queue, &operation);
    cr_assert(queue_take(&queue, &taken));
    cr_assert_eq(taken.operations, &operation);
    cr_assert_null(operation.next);
    return end_touches(&taken, seen);
}

Test(queue, the_next_operation_does_not_wait_for_what_the_last_one_touched) {
    unsigned seen[TOUCHES] = {0};
    put_touches();
    const size_t at_once = touches_with_the_next_operation(seen);
    cr_assert_lt(at_once, TOUCHES / 4, "%zu of %d", at_once, TOUCHES); // of 16 seconds, not four have passed
    queue_stop(&queue);
    struct taken taken;
    cr_assert(queue_take(&queue, &taken));
    cr_assert_eq(end_touches(&taken, seen), TOUCHES - at_once);
    for (size_t i = 0; i < TOUCHES; i++) {
        cr_assert_eq(seen[i], 1, "%zu", i);
    }
    cr_assert_not(queue_take(&queue, &taken));
}

Test(queue, what_was_touched_is_handed_out_without_another_operation) {
    unsigned seen[TOUCHES] = {0};
    struct taken taken;
    put_touches();
    cr_assert(queue_take(&queue, &taken)); // a few seconds later
    cr_assert_null(taken.operations);
    const size_t count = end_touches(&taken, seen);
    cr_assert_gt(count, 0);
    cr_assert_lt(count, TOUCHES);
    queue_stop(&queue);
    cr_assert(queue_take(&queue, &taken));
    cr_assert_eq(end_touches(&taken, seen), TOUCHES - count);
}

Test(queue, refusals_beyond_its_room_are_counted) {
    struct taken taken;
    for (size_t i = 0; i < QUEUE_REFUSALS_MAX + 3; i++) {
        queue_put_refusal(&queue, "urn:signpost:demo:agency:north", "/v1/questions", ERR_DENIED);
    }
    cr_assert(queue_take(&queue, &taken));
    size_t count = 0;
    for (struct memo *memo = taken.memos, *next = NULL; memo != NULL; memo = next) {
        next = memo->next;
        if (++count == QUEUE_REFUSALS_MAX + 1) {
            cr_assert_str_eq(memo->texts[2], "3 more refusals");
        }
        queue_end_memo(&queue, memo, OK);
    }
    cr_assert_eq(count, QUEUE_REFUSALS_MAX + 1);
}

// SPDX-License-Identifier: Apache-2.0
// Journal records, as they stand inside a frame once its seal is open. There is one way to write a record: what can be
// read is written with the same bytes again.
//
// Covers: indexd/record.c
#include "indexd/record.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct record record;
    struct buf again = {0};
    if (record_decode(bytes_of(data, size), &record) == OK) {
        err_t err = record_encode(&record, &again);
        MUST(err == OK || err == ERR_TOO_LARGE);
        MUST(err != OK || bytes_equal(buf_bytes(&again), bytes_of(data, size)));
        record_free(&record);
    }
    buf_free(&again);
    return 0;
}

// SPDX-License-Identifier: Apache-2.0
// A folder that lives as long as one test: TestSuite(file, .init = scratch_make, .fini = scratch_remove).
#ifndef TESTS_BASE_SCRATCH_H
#define TESTS_BASE_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

void scratch_make(void);
void scratch_remove(void);
const char *scratch_dir(void);
// The path of `name` in the folder; one of 8 static texts that take turns.
const char *scratch_path(const char *name);
const char *scratch_write(const char *name, mode_t mode, const void *data, size_t len);
const char *scratch_write_text(const char *name, const char *text); // 0600
bool scratch_holds(const char *name, const char *text);
bool scratch_has(const char *name);
size_t scratch_count(void); // files in the folder
mode_t scratch_mode(const char *name);

#endif

// SPDX-License-Identifier: Apache-2.0
#ifndef TESTS_CLIENT_TREE_H
#define TESTS_CLIENT_TREE_H

// Removes a folder with everything in it; one that is not there is harmless.
void tree_remove(const char *path);

#endif

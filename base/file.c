// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "base/secret.h"

#define CHUNK_SIZE 16384

static err_t file_error(const char *path) {
    switch (errno) {
    case ENOENT:
        return err_set(ERR_NOT_FOUND, "%s: no such file or folder", path);
    case EEXIST:
        return err_set(ERR_EXISTS, "%s: already there, and never overwritten", path);
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return err_set(ERR_FULL, "%s: no space left", path);
    case ENOMEM:
        return err_set(ERR_MEMORY, "%s: out of memory", path);
    default:
        return err_set(ERR_IO, "%s: %s", path, strerror(errno));
    }
}

// Up to `size` bytes; fewer only at the end of the file.
static err_t read_up_to(int fd, const char *path, uint8_t *out, size_t size, size_t *out_len) {
    size_t len = 0;
    while (len < size) {
        ssize_t got = read(fd, out + len, size - len);
        if (got == 0) {
            break;
        }
        if (got > 0) {
            len += (size_t)got;
        } else if (errno != EINTR) {
            return file_error(path);
        }
    }
    *out_len = len;
    return OK;
}

static err_t read_all(int fd, const char *path, size_t max, struct buf *out) {
    size_t total = 0;
    for (;;) {
        uint8_t chunk[CHUNK_SIZE];
        size_t len = 0;
        err_t err = read_up_to(fd, path, chunk, sizeof chunk, &len);
        if (err != OK) {
            return err;
        }
        total += len;
        if (total > max) {
            return err_set(ERR_TOO_LARGE, "%s: longer than %zu bytes", path, max);
        }
        buf_put(out, chunk, len);
        if (len < sizeof chunk) {
            return buf_check(out);
        }
    }
}

err_t file_read(const char *path, size_t max, struct buf *out) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return file_error(path);
    }
    size_t before = out->len;
    err_t err = read_all(fd, path, max, out);
    if (err != OK) {
        out->len = before;
    }
    (void)close(fd);
    return err;
}

// None of the bits of `others` may be set.
static err_t check_private(int fd, const char *path, mode_t others) {
    struct stat about;
    if (fstat(fd, &about) != 0) {
        return file_error(path);
    }
    if ((about.st_mode & others) != 0) {
        return err_set(ERR_DENIED, "%s: group or others have access to this secret; chmod 600 it", path);
    }
    return OK;
}

static err_t read_secret(const char *path, mode_t others, size_t max, bool text, uint8_t **out, size_t *out_len) {
    size_t len = 0;
    uint8_t *secret = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return file_error(path);
    }
    err_t err = check_private(fd, path, others);
    if (err != OK) {
        goto out;
    }
    secret = secret_new(max + 1); // one more, to notice a longer file and to end a text
    if (secret == NULL) {
        err = err_set(ERR_MEMORY, "%s: no memory that can be locked", path);
        goto out;
    }
    err = read_up_to(fd, path, secret, max + 1, &len);
    if (err == OK && len > max) {
        err = err_set(ERR_TOO_LARGE, "%s: longer than %zu bytes", path, max);
    }
    if (err != OK) {
        goto out;
    }
    if (text && len > 0 && secret[len - 1] == '\n') {
        secret[--len] = '\0';
    }
    *out = secret;
    *out_len = len;
    secret = NULL;
out:
    secret_free(secret);
    (void)close(fd);
    return err;
}

err_t file_read_secret(const char *path, size_t max, bool text, uint8_t **out, size_t *out_len) {
    return read_secret(path, S_IRWXG | S_IRWXO, max, text, out, out_len);
}

err_t file_read_credential(const char *name, size_t max, bool text, uint8_t **out, size_t *out_len) {
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    if (folder == NULL || folder[0] != '/') {
        return err_set(ERR_NOT_FOUND, "the credential \"%s\" is given to a service of systemd alone", name);
    }
    if (name[0] == '.' || strchr(name, '/') != NULL) {
        return err_set(ERR_INPUT, "\"%s\" is not the name of a credential", name);
    }
    char *path = file_join(folder, name);
    err_t err = path == NULL ? err_set(ERR_MEMORY, "no memory for a path")
                             : read_secret(path, S_IRWXO, max, text, out, out_len);
    free(path);
    return err;
}

static err_t write_all(int fd, const char *path, struct bytes contents) {
    while (contents.len > 0) {
        ssize_t put = write(fd, contents.data, contents.len);
        if (put >= 0) {
            contents = bytes_of(contents.data + put, contents.len - (size_t)put);
        } else if (errno != EINTR) {
            return file_error(path);
        }
    }
    return OK;
}

// A new file at `at`, on disk when this returns, or none; `path` is the name for errors.
static err_t write_new(const char *at, const char *path, mode_t mode, struct bytes contents) {
    int fd = open(at, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0) {
        return file_error(path);
    }
    err_t err = write_all(fd, path, contents);
    if (err == OK && fsync(fd) != 0) {
        err = file_error(path);
    }
    if (close(fd) != 0 && err == OK) {
        err = file_error(path);
    }
    if (err != OK) {
        (void)unlink(at);
    }
    return err;
}

// Puts the folder's entry for `path` on disk.
static err_t sync_folder(const char *path) {
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - path) + 1;
    char *folder = len == 0 ? strdup(".") : strndup(path, len);
    if (folder == NULL) {
        return err_set(ERR_MEMORY, "%s: out of memory", path);
    }
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    if (fd < 0) {
        return file_error(path);
    }
    // Some file systems cannot sync a folder, and say EINVAL.
    err_t err = fsync(fd) != 0 && errno != EINVAL ? file_error(path) : OK;
    (void)close(fd);
    return err;
}

err_t file_create(const char *path, mode_t mode, struct bytes contents) {
    err_t err = write_new(path, path, mode, contents);
    if (err != OK) {
        return err;
    }
    err = sync_folder(path);
    if (err != OK) {
        (void)unlink(path);
    }
    return err;
}

err_t file_replace(const char *path, mode_t mode, struct bytes contents) {
    // A name of its own for each writer: two that replace the same file at once must not share a half-written one.
    char *beside = NULL;
    if (asprintf(&beside, "%s.%08x.new", path, randombytes_random()) < 0) {
        return err_set(ERR_MEMORY, "%s: out of memory", path);
    }
    err_t err = write_new(beside, path, mode, contents);
    if (err == OK && rename(beside, path) != 0) {
        err = file_error(path);
        (void)unlink(beside);
    }
    if (err == OK) {
        err = sync_folder(path);
    }
    free(beside);
    return err;
}

static err_t overwrite(int fd, const char *path) {
    struct stat about;
    uint8_t noise[512];
    if (fstat(fd, &about) != 0) {
        return file_error(path);
    }
    if (!S_ISREG(about.st_mode)) {
        return err_set(ERR_IO, "%s: is not a plain file", path);
    }
    err_t err = OK;
    for (off_t left = about.st_size; err == OK && left > 0; left -= (off_t)sizeof noise) {
        randombytes_buf(noise, sizeof noise);
        err = write_all(fd, path, bytes_of(noise, left < (off_t)sizeof noise ? (size_t)left : sizeof noise));
    }
    return err == OK && fsync(fd) != 0 ? file_error(path) : err;
}

err_t file_destroy(const char *path) {
    int fd = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return file_error(path);
    }
    err_t err = overwrite(fd, path);
    (void)close(fd);
    if (err == OK && unlink(path) != 0) {
        err = file_error(path);
    }
    return err == OK ? sync_folder(path) : err;
}

void file_stamp(const char *path, struct file_stamp *out) {
    struct stat about;
    *out = (struct file_stamp){0};
    if (stat(path, &about) == 0) {
        *out = (struct file_stamp){.device = about.st_dev,
                                   .inode = about.st_ino,
                                   .size = (uint64_t)about.st_size,
                                   .modified_s = about.st_mtim.tv_sec,
                                   .modified_ns = about.st_mtim.tv_nsec,
                                   .changed_s = about.st_ctim.tv_sec,
                                   .changed_ns = about.st_ctim.tv_nsec};
    }
}

bool file_stamp_equal(const struct file_stamp *a, const struct file_stamp *b) {
    return a->device == b->device && a->inode == b->inode && a->size == b->size && a->modified_s == b->modified_s &&
           a->modified_ns == b->modified_ns && a->changed_s == b->changed_s && a->changed_ns == b->changed_ns;
}

err_t file_make_dir(const char *path) {
    if (mkdir(path, S_IRWXU) == 0) {
        return sync_folder(path);
    }
    struct stat about;
    if (errno != EEXIST || stat(path, &about) != 0) {
        return file_error(path);
    }
    return S_ISDIR(about.st_mode) ? OK : err_set(ERR_IO, "%s: is not a folder", path);
}

char *file_join(const char *dir, const char *name) {
    size_t len = strlen(dir);
    const char *between = len == 0 || dir[len - 1] == '/' ? "" : "/";
    char *path = NULL;
    return asprintf(&path, "%s%s%s", dir, between, name) < 0 ? NULL : path;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz: what the targets share. A target is one function that takes any input
 * and aborts if the code under test answers anything but what a second, plain
 * implementation in the target answers. libFuzzer brings a main() that makes
 * inputs up; replay.c has one that reads files. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** One input. Returns 0, or does not return. */
int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

/** Say what differs and abort. */
#define require(condition, ...) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #condition); \
            fprintf(stderr, __VA_ARGS__); \
            fputc('\n', stderr); \
            abort(); \
        } \
    } while (0)

#endif

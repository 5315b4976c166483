/* SPDX-License-Identifier: Apache-2.0 */
/* replay: gives every file of the named directories to the target, for
 * compilers without libFuzzer. Names each file on stderr before.
 *
 * usage: replay-TARGET DIRECTORY... */
#include "fuzz.h"

#include <dirent.h>
#include <sys/stat.h>

#define LARGEST (1024 * 1024)

static uint8_t *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *all = malloc(LARGEST);
    uint8_t *exact;

    require(file && all, "%s", path);
    *size = fread(all, 1, LARGEST, file);
    require(!ferror(file) && feof(file), "%s", path);
    fclose(file);
    /* Exactly as large, so that a step beyond the end does not go unseen. */
    exact = malloc(*size ? *size : 1);
    require(exact, "%s", path);
    memcpy(exact, all, *size);
    free(all);
    return exact;
}

static int replay_file(const char *path)
{
    struct stat about;
    uint8_t *input;
    size_t size;

    if (stat(path, &about) || !S_ISREG(about.st_mode)) {
        return 0;
    }
    input = read_file(path, &size);
    /* The last of them is the one that crashed. */
    fprintf(stderr, "%s\n", path);
    LLVMFuzzerTestOneInput(input, size);
    free(input);
    return 1;
}

static int replay_directory(const char *name)
{
    DIR *directory = opendir(name);
    struct dirent *entry;
    char path[4096];
    int count = 0;

    require(directory, "%s", name);
    while ((entry = readdir(directory))) {
        snprintf(path, sizeof(path), "%s/%s", name, entry->d_name);
        count += replay_file(path);
    }
    closedir(directory);
    printf("%s: %d inputs\n", name, count);
    return count;
}

int main(int argc, char **argv)
{
    int i;

    for (i = 1; i < argc; ++i) {
        if (replay_directory(argv[i]) == 0) {
            fprintf(stderr, "%s: nothing to replay\n", argv[i]);
            return 1;
        }
    }
    return argc > 1 ? 0 : 2;
}

/* Feeds every file of the folders named to a fuzz target, without the fuzzer: what was found once
 * stays found. TAP, one case a folder; a target reports a fault by abort(). */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int feed(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	uint8_t *data;
	size_t len;

	if (f == NULL || fstat(fileno(f), &st) < 0 || !S_ISREG(st.st_mode)) {
		if (f != NULL)
			(void)fclose(f);
		return 0;
	}
	data = malloc((size_t)st.st_size + 1);
	len = data != NULL ? fread(data, 1, (size_t)st.st_size, f) : 0;
	(void)fclose(f);
	fprintf(stderr, "# %s\n", path);
	(void)LLVMFuzzerTestOneInput(data, len);
	free(data);
	return 1;
}

int main(int argc, char **argv)
{
	int bad = 0;

	printf("1..%d\n", argc - 1);
	for (int i = 1; i < argc; i++) {
		DIR *dir = opendir(argv[i]);
		struct dirent *e;
		char path[4096];
		int count = 0;

		(void)fflush(stdout);
		while (dir != NULL && (e = readdir(dir)) != NULL) {
			(void)snprintf(path, sizeof(path), "%s/%s", argv[i], e->d_name);
			count += feed(path);
		}
		if (dir != NULL)
			(void)closedir(dir);
		printf("%sok %d - %d inputs of %s\n", count > 0 ? "" : "not ", i, count, argv[i]);
		bad += count == 0;
	}
	return bad > 0;
}

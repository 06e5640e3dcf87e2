#include <stdlib.h>

#include "buoy/buoy.h"
#include "buoy/conffile.h"

int cmd_fmt(int argc, char **argv)
{
	struct conffile f = { .path = NULL };
	int code = BUOY_EXIT_OK;
	char *text;

	for (int i = 1; i < argc; i++) {
		if (conffile_flag(argv, &i, &f.config_id))
			continue;
		if (argv[i][0] == '-' || f.path != NULL) {
			fprintf(stderr, "buoy fmt: one FILE, not %s; see buoy(1)\n", argv[i]);
			return BUOY_EXIT_USAGE;
		}
		f.path = argv[i];
	}
	if (f.path == NULL) {
		fprintf(stderr, "buoy fmt: which file? See buoy(1)\n");
		return BUOY_EXIT_USAGE;
	}
	conffile_load(&f, false);
	conffile_print(stderr, &f.diags, true);
	conffile_print_err(stderr, &f);
	text = f.model != NULL ? conffile_text(&f) : NULL;
	if (text != NULL)
		fputs(text, stdout);
	else
		code = BUOY_EXIT_FAILED;
	free(text);
	conffile_done(&f);
	return code;
}

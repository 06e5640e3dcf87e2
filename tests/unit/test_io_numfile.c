/* io/numfile.h: a number, and everything that is none. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "io/numfile.h"

static char folder[] = "/tmp/buoy-numfile-XXXXXX";
static char path[64];

static int make_folder(void **unused)
{
	(void)unused;
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/number", folder);
	return 0;
}

static int remove_folder(void **unused)
{
	(void)unused;
	(void)unlink(path);
	return rmdir(folder);
}

static void put(const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void the_number_a_file_begins_with_is_read(void **unused)
{
	static const struct {
		const char *text;
		int32_t value;
	} cases[] = {
		{ "", 0 },
		{ "\n", 0 },
		{ "5", 5 },
		{ " -17\n", -17 },
		{ "+3 and more", 3 },
		{ "2147483648", INT32_MAX },
		{ "-99999999999999999999999999999", INT32_MIN },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int32_t value = 77;

		put(cases[i].text);
		assert_int_equal(numfile_read(path, &value), 0);
		assert_int_equal(value, cases[i].value);
	}
}

static void what_is_no_number_is_told_and_changes_nothing(void **unused)
{
	static const char *const bad[] = { "x", "-", "5x", "0x10", "--1" };
	int32_t value = 77;

	(void)unused;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put(bad[i]);
		assert_int_equal(numfile_read(path, &value), E_SYNTAX);
	}
	assert_int_equal(unlink(path), 0);
	assert_int_equal(numfile_read(path, &value), E_NOENT);
	assert_int_equal(numfile_read("/proc/loadavg", &value), E_INVAL);
	assert_int_equal(numfile_read("/dev/null", &value), E_INVAL);
	assert_int_equal(value, 77);
}

static void a_pipe_nobody_writes_to_keeps_nobody_waiting(void **unused)
{
	int32_t value = 77;

	(void)unused;
	(void)unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(numfile_read(path, &value), E_INVAL);
	assert_true(numfile_write(path, 1, true) < 0);
	assert_int_equal(unlink(path), 0);
}

static void a_file_is_written_over_only_when_asked_for(void **unused)
{
	int32_t value;

	(void)unused;
	(void)unlink(path);
	assert_int_equal(numfile_write(path, -5, false), 0);
	assert_int_equal(numfile_read(path, &value), 0);
	assert_int_equal(value, -5);
	assert_int_equal(numfile_write(path, 6, false), E_EXISTS);
	assert_int_equal(numfile_write(path, 6, true), 0);
	assert_int_equal(numfile_read(path, &value), 0);
	assert_int_equal(value, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_number_a_file_begins_with_is_read),
		cmocka_unit_test(what_is_no_number_is_told_and_changes_nothing),
		cmocka_unit_test(a_pipe_nobody_writes_to_keeps_nobody_waiting),
		cmocka_unit_test(a_file_is_written_over_only_when_asked_for),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}

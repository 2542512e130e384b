/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether something in the kernel has claimed a disk, whatever it is and whatever it is called.
 *
 * Relies on O_EXCL without O_CREAT on a block device: the open fails with EBUSY when somebody has claimed the device,
 * one of its partitions, or the whole disk that it is a partition of (block/bdev.c, bd_prepare_to_claim()). Everything
 * that needs a disk for itself claims it: file systems, their journals on other disks, ZFS, md, device-mapper, bcache,
 * DRBD, LIO's iblock. mkfs and wipefs ask in the same way.
 *
 * What asking does to the host:
 *   - A disk that is claimed is not touched: the kernel answers before it calls the disk's driver.
 *   - One that is not is opened and closed again at once, O_RDONLY, so that udev, which watches for closed writers,
 * sees no event; O_NONBLOCK, so that a drive with removable media neither waits for a medium nor fails without one. For
 *     that moment the claim is ours: a mount at the same microsecond would fail. So only disks of functions are asked
 *     for that nobody else was found to use, which are those that are about to be lent.
 *   - A disk that hangs may not answer at all, and an open that waits in the kernel cannot be killed. So children ask,
 *     which nobody waits for longer than ANSWER_MS. They are no children of this process (they are forked twice), so
 *     that none is left to be reaped, and have nothing open but what they ask for, so that nobody who reads our output
 *     waits for them.
 *
 * What it does not tell: who opens a disk inside the kernel without claiming it. nvmet and LIO's fileio do, and are in
 * claims.c; a USB gadget's mass storage and rnbd's server do too, and are not seen.
 */
#include "exclusive.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/know/holders/list.h"
#include "node_list.h"

/* A disk that is well answers in microseconds. Of one after another that does not, this is the end. */
enum { ANSWER_MS = 2000, ALL_ANSWERS_MS = 6000 };

/* Not yet asked. No errno. */
enum { PENDING = 1 };

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/*
 * Asks for one disk. The node is looked at before it is opened: what is there under the disk's name is usually, but not
 * always, that disk.
 */
static int ask_one(const struct lend_fs *fs, const struct lend_disk *disk)
{
	_cleanup_close_ int node = lend_fs_open(fs, disk->path + 1, O_PATH | O_NOFOLLOW, NULL), fd = -1;
	struct stat status;
	char path[32];

	if (node < 0)
		return node;
	if (fstat(node, &status) < 0)
		return -errno;
	if (!S_ISBLK(status.st_mode) || status.st_rdev != disk->number)
		return -ESTALE;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", node);
	fd = open(path, O_RDONLY | O_EXCL | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0)
		return 0;
	/* No medium, or just unplugged: there is nothing that could be claimed. */
	return errno == ENOMEDIUM || errno == ENXIO || errno == ENODEV ? 0 : -errno;
}

static void close_all_but(int a, int b)
{
	const int low = a < b ? a : b, high = a < b ? b : a;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd <= STDERR_FILENO && null >= 0; fd++)
		if (fd != low && fd != high)
			(void)dup2(null, fd);
	if (low > STDERR_FILENO + 1)
		(void)syscall(SYS_close_range, STDERR_FILENO + 1, low - 1, 0);
	if (high > low + 1)
		(void)syscall(SYS_close_range, low > STDERR_FILENO ? low + 1 : STDERR_FILENO + 1, high - 1, 0);
	(void)syscall(SYS_close_range, high > STDERR_FILENO ? high + 1 : STDERR_FILENO + 1, ~0U, 0);
}

/* The end of @alive that only the child has tells the parent that it is done, however it ended. */
static _Noreturn void child(const struct lend_fs *fs, const struct lend_disk *disks, size_t count,
			    volatile int *answers, int alive)
{
	(void)setsid();
	(void)prctl(PR_SET_NAME, "lendpci-disks");
	close_all_but(lend_fs_root(fs), alive);
	/* One that was given up asks for nothing more when it comes to. */
	for (size_t i = 0; i < count && answers[i] == PENDING; i++)
		answers[i] = ask_one(fs, &disks[i]);
	_exit(0);
}

/* Starts a child that asks, and waits until it is done or too late. */
static int ask_in_child(const struct lend_fs *fs, const struct lend_disk *disks, size_t count, volatile int *answers,
			int64_t deadline)
{
	_cleanup_close_ int reader = -1, writer = -1;
	struct pollfd poll_on = { .events = POLLIN };
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	reader = ends[0];
	writer = ends[1];
	pid = fork();
	if (pid == 0) {
		pid = fork();
		if (pid == 0)
			child(fs, disks, count, answers, writer);
		_exit(pid < 0 ? 1 : 0);
	}
	if (pid < 0)
		return -errno;
	(void)waitpid(pid, NULL, 0);
	(void)close(TAKE_FD(writer));
	poll_on.fd = reader;
	for (;;) {
		int64_t left = deadline - now_ms();

		if (poll(&poll_on, 1, left > 0 ? (int)left : 0) >= 0)
			return 0;
		if (errno != EINTR)
			return -errno;
	}
}

static int ask_all(const struct lend_fs *fs, const struct lend_disk *disks, size_t count, volatile int *answers)
{
	const int64_t end = now_ms() + ALL_ANSWERS_MS;
	size_t i = 0;

	while (i < count) {
		const int64_t start = now_ms();
		int r;

		if (start >= end) {
			answers[i++] = -ETIMEDOUT;
			continue;
		}
		r = ask_in_child(fs, disks + i, count - i, answers + i,
				 start + ANSWER_MS < end ? start + ANSWER_MS : end);
		if (r < 0)
			return r;
		while (i < count && answers[i] != PENDING)
			i++;
		/* The child hangs over this one, or died of it. */
		if (i < count)
			answers[i++] = -ETIMEDOUT;
	}
	return 0;
}

int lend_disks_ask(const struct lend_fs *fs, const struct lend_disk *disks, size_t count, int *ret,
		   struct lend_error *error)
{
	const size_t size = (count ? count : 1) * sizeof(int);
	void *shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	volatile int *answers = shared;
	int r;

	if (shared == MAP_FAILED)
		return lend_error_set(error, -errno, "cannot ask whether the disks are claimed: %s", strerror(errno));
	for (size_t i = 0; i < count; i++)
		answers[i] = PENDING;
	r = ask_all(fs, disks, count, answers);
	for (size_t i = 0; i < count; i++)
		ret[i] = answers[i];
	(void)munmap(shared, size);
	return r < 0 ? lend_error_set(error, r, "cannot ask whether the disks are claimed: %s", strerror(-r)) : 0;
}

/* What is asked for at once. */
struct round {
	const struct lend_node **nodes;
	struct lend_disk *disks;
	int *answers;
	size_t count;
};

static void round_clear(struct round *round)
{
	free(round->nodes);
	free(round->disks);
	free(round->answers);
}

static int round_prepare(struct round *round, size_t capacity)
{
	round->nodes = calloc(capacity, sizeof(*round->nodes));
	round->disks = calloc(capacity, sizeof(*round->disks));
	round->answers = calloc(capacity, sizeof(*round->answers));
	return round->nodes && round->disks && round->answers ? 0 : -ENOMEM;
}

static void round_add(struct round *round, const struct lend_node *node)
{
	round->nodes[round->count] = node;
	round->disks[round->count++] = (struct lend_disk){ node->path, node->number };
}

/* The disk that @block, "nvme0n1p3", is a partition of; false for a disk. */
static bool find_whole_disk(const struct lend_fs *fs, const char *block, char *ret, size_t size)
{
	char path[PATH_MAX], place[PATH_MAX], *slash;

	(void)snprintf(path, sizeof(path), "sys/class/block/%s/partition", block);
	if (!lend_fs_exists(fs, path))
		return false;
	(void)snprintf(path, sizeof(path), "sys/class/block/%s", block);
	if (lend_fs_resolve(fs, path, place, sizeof(place), NULL) < 0)
		return false;
	slash = strrchr(place, '/');
	if (!slash)
		return false;
	*slash = '\0';
	slash = strrchr(place, '/');
	return slash && (size_t)snprintf(ret, size, "%s", slash + 1) < size;
}

static bool has_holder(const struct lend_holders *holders, struct lend_address function)
{
	for (size_t i = 0; i < holders->count; i++)
		if (lend_address_equal(holders->items[i].function, function))
			return true;
	return false;
}

static int tell(const struct lend_node *node, int answer, struct lend_holders *holders)
{
	const bool is_denied = (answer == -EACCES || answer == -EPERM) && geteuid() != 0;
	_cleanup_free_ char *text = NULL;
	int n;

	/* Who may not ask is told of processes that may not be looked into, too, and the start is root's. */
	if (answer == 0 || is_denied)
		return 0;
	if (answer == -EBUSY)
		n = asprintf(&text, "%s is claimed by something that lendpci cannot name", lend_node_name(node));
	else if (answer == -ETIMEDOUT)
		n = asprintf(&text, "%s does not answer whether anything claims it", lend_node_name(node));
	else
		n = asprintf(&text, "%s cannot be asked whether anything claims it: %s", lend_node_name(node),
			     strerror(-answer));
	if (n < 0)
		return -ENOMEM;
	return lend_holders_add(
		holders,
		&(struct lend_holder){ .function = node->function, .command = (char *)"kernel", .node = text });
}

static bool is_part_of(const struct lend_fs *fs, const struct lend_node *part, const struct lend_node *whole)
{
	char disk[NAME_MAX + 1];

	return lend_address_equal(part->function, whole->function) &&
	       find_whole_disk(fs, part->block, disk, sizeof(disk)) && strcmp(disk, whole->block) == 0;
}

/*
 * Disk @whole is claimed: as a whole, in which case none of its partitions can be, or some of them are. @parts has the
 * partitions of all such disks, with their answers.
 */
static int tell_claim(const struct lend_fs *fs, const struct lend_node *whole, const struct round *parts,
		      struct lend_holders *holders)
{
	size_t count = 0, free_count = 0;
	int r = 0;

	for (size_t i = 0; i < parts->count; i++) {
		if (!is_part_of(fs, parts->nodes[i], whole))
			continue;
		count++;
		free_count += parts->answers[i] == 0;
	}
	if (!free_count || free_count == count)
		return tell(whole, -EBUSY, holders);
	for (size_t i = 0; r >= 0 && i < parts->count; i++)
		if (is_part_of(fs, parts->nodes[i], whole))
			r = tell(parts->nodes[i], parts->answers[i], holders);
	return r;
}

static int ask_round(const struct lend_fs *fs, struct round *round, lend_ask_disks_fn *ask, struct lend_error *error)
{
	return round->count ? ask(fs, round->disks, round->count, round->answers, error) : 0;
}

int lend_exclusive_find(const struct lend_fs *fs, const struct lend_nodes *nodes, lend_ask_disks_fn *ask,
			struct lend_holders *holders, struct lend_error *error)
{
	_cleanup_(round_clear) struct round disks = { 0 }, parts = { 0 };
	char whole[NAME_MAX + 1];
	int r = 0;

	if (!nodes->count)
		return 0;
	if (round_prepare(&disks, nodes->count) < 0 || round_prepare(&parts, nodes->count) < 0)
		return lend_error_set(error, -ENOMEM, "out of memory for the disks to ask for");
	for (size_t i = 0; i < nodes->count; i++) {
		const struct lend_node *node = &nodes->items[i];

		if (!node->block || has_holder(holders, node->function))
			continue;
		round_add(find_whole_disk(fs, node->block, whole, sizeof(whole)) ? &parts : &disks, node);
	}
	r = ask_round(fs, &disks, ask, error);
	/* Only to tell which one it is; not a question where the disk as a whole is free. */
	for (size_t i = 0; r >= 0 && i < disks.count; i++) {
		if (disks.answers[i] != -EBUSY)
			continue;
		r = ask_round(fs, &parts, ask, error);
		break;
	}
	for (size_t i = 0; r >= 0 && i < disks.count; i++) {
		r = disks.answers[i] == -EBUSY ? tell_claim(fs, disks.nodes[i], &parts, holders)
					       : tell(disks.nodes[i], disks.answers[i], holders);
		if (r < 0)
			return lend_error_set(error, r, "%s: out of memory", disks.nodes[i]->path);
	}
	return r < 0 ? r : 0;
}

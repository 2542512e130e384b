// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stubborn: a host driver with the manners of the difficult ones, for QEMU's pci-testdev without a memory BAR.
 *
 * remove() waits in uninterruptible sleep until nobody has the device's node open, as snd_hda_intel and nvidia do, and
 * it, or probe(), can be made slow or made to fail while the driver is loaded:
 *
 *   /sys/module/stubborn/parameters/remove_ms    remove() takes this long, users or not
 *   /sys/module/stubborn/parameters/probe_ms     probe() takes this long
 *   /sys/module/stubborn/parameters/probe_fails  Y: probe() fails
 *
 * The node is /dev/stubborn-ADDRESS.
 */
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/wait.h>

static uint remove_ms;
module_param(remove_ms, uint, 0644);
static uint probe_ms;
module_param(probe_ms, uint, 0644);
static bool probe_fails;
module_param(probe_fails, bool, 0644);

struct stubborn {
	struct miscdevice node;
	atomic_t users;
};

/* One for all devices: whoever closes the last file must not touch the device after it said so. */
static DECLARE_WAIT_QUEUE_HEAD(unused);

static struct stubborn *of_file(struct file *file)
{
	/* misc_open() left the node there. */
	return container_of(file->private_data, struct stubborn, node);
}

static int stubborn_open(struct inode *inode, struct file *file)
{
	atomic_inc(&of_file(file)->users);
	return 0;
}

static int stubborn_release(struct inode *inode, struct file *file)
{
	if (atomic_dec_and_test(&of_file(file)->users))
		wake_up(&unused);
	return 0;
}

static const struct file_operations stubborn_operations = {
	.owner = THIS_MODULE,
	.open = stubborn_open,
	.release = stubborn_release,
};

static int stubborn_probe(struct pci_dev *pci, const struct pci_device_id *id)
{
	struct stubborn *device;
	int ret;

	/* The lab's other pci-testdev, the one with a big BAR, has no host driver. */
	if (pci_resource_len(pci, 2))
		return -ENODEV;
	msleep(probe_ms);
	if (probe_fails) {
		pci_err(pci, "probe fails, as it was told to\n");
		return -EIO;
	}

	device = kzalloc(sizeof(*device), GFP_KERNEL);
	if (!device)
		return -ENOMEM;
	device->node.minor = MISC_DYNAMIC_MINOR;
	device->node.fops = &stubborn_operations;
	device->node.parent = &pci->dev;
	device->node.name = kasprintf(GFP_KERNEL, "stubborn-%s", pci_name(pci));
	if (!device->node.name) {
		ret = -ENOMEM;
		goto free_device;
	}
	ret = misc_register(&device->node);
	if (ret)
		goto free_name;
	pci_set_drvdata(pci, device);
	return 0;

free_name:
	kfree(device->node.name);
free_device:
	kfree(device);
	return ret;
}

static void stubborn_remove(struct pci_dev *pci)
{
	struct stubborn *device = pci_get_drvdata(pci);

	msleep(remove_ms);
	/* No new users from here on; misc_open() and misc_deregister() exclude each other. */
	misc_deregister(&device->node);
	wait_event(unused, atomic_read(&device->users) == 0);
	kfree(device->node.name);
	kfree(device);
}

static const struct pci_device_id stubborn_ids[] = { { PCI_DEVICE(PCI_VENDOR_ID_REDHAT, 0x0005) }, {} };
MODULE_DEVICE_TABLE(pci, stubborn_ids);

static struct pci_driver stubborn_driver = {
	.name = "stubborn",
	.id_table = stubborn_ids,
	.probe = stubborn_probe,
	.remove = stubborn_remove,
};
module_pci_driver(stubborn_driver);

MODULE_DESCRIPTION("A PCI driver that does not let go, for lendpci's lab");
MODULE_LICENSE("GPL");

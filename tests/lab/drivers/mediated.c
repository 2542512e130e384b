// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mediated: a host driver whose device can be had in parts, as i915's (GVT-g) and NVIDIA's vGPU can.
 *
 * It binds only what has "mediated" as its driver_override. An mdev is made as with those:
 *
 *   echo UUID > /sys/bus/pci/devices/ADDRESS/mdev_supported_types/mediated-part/create
 *
 * An mdev of it does nothing, and cannot be opened: what lendpci looks at is what the kernel's mdev module shows of it.
 */
#include <linux/mdev.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/vfio.h>

static int part_probe(struct mdev_device *part)
{
	return 0;
}

static void part_remove(struct mdev_device *part)
{
}

static struct mdev_driver part_driver = {
	.device_api = VFIO_DEVICE_API_PCI_STRING,
	.max_instances = 4,
	.probe = part_probe,
	.remove = part_remove,
	.driver = {
		.name = "mediated_part",
		.owner = THIS_MODULE,
		.mod_name = KBUILD_MODNAME,
	},
};

/* Zeroed for each binding: mdev's core makes objects in it, and never clears one that it is done with. */
struct mediated {
	struct mdev_parent parent;
	struct mdev_type type;
	struct mdev_type *types[1];
};

static int mediated_probe(struct pci_dev *pci, const struct pci_device_id *id)
{
	struct mediated *device = kzalloc(sizeof(*device), GFP_KERNEL);
	int ret;

	if (!device)
		return -ENOMEM;
	device->type.sysfs_name = "part";
	device->type.pretty_name = "a quarter of the device";
	device->types[0] = &device->type;
	ret = mdev_register_parent(&device->parent, &pci->dev, &part_driver, device->types, ARRAY_SIZE(device->types));
	if (ret)
		kfree(device);
	else
		pci_set_drvdata(pci, device);
	return ret;
}

static void mediated_remove(struct pci_dev *pci)
{
	struct mediated *device = pci_get_drvdata(pci);

	mdev_unregister_parent(&device->parent);
	kfree(device);
}

static const struct pci_device_id mediated_ids[] = { {} };

static struct pci_driver mediated_driver = {
	.name = "mediated",
	.id_table = mediated_ids,
	.probe = mediated_probe,
	.remove = mediated_remove,
};

static int __init mediated_init(void)
{
	int ret = mdev_register_driver(&part_driver);

	if (ret)
		return ret;
	ret = pci_register_driver(&mediated_driver);
	if (ret)
		mdev_unregister_driver(&part_driver);
	return ret;
}
module_init(mediated_init);

static void __exit mediated_exit(void)
{
	pci_unregister_driver(&mediated_driver);
	mdev_unregister_driver(&part_driver);
}
module_exit(mediated_exit);

MODULE_DESCRIPTION("A PCI driver with mediated devices, for lendpci's lab");
MODULE_LICENSE("GPL");

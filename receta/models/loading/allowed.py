"""Which classes may a network's configuration name, and what may they hold?"""

from __future__ import annotations

import re

MOST_CALLS = 5_000  # layers that work, those of nested networks once a call: the most is 1,100
# What a layer may hold: NOTHING more than numbers and words; a VOCABULARY; LAYERS of this list.
NOTHING, VOCABULARY, LAYERS = "numbers and words", "its vocabulary as a list", "other layers"
_PLAIN = re.findall(
    r"\w+",
    """
    Activation ActivityRegularization AdaptiveAveragePooling1D AdaptiveAveragePooling2D
    AdaptiveAveragePooling3D AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D Add
    AdditiveAttention AlphaDropout Attention AugMix AutoContrast Average AveragePooling1D
    AveragePooling2D AveragePooling3D AvgPool1D AvgPool2D AvgPool3D BatchNormalization
    CategoryEncoding CenterCrop Concatenate ContrastLimitedAdaptiveHistogramEqualization Conv1D
    Conv1DTranspose Conv2D Conv2DTranspose Conv3D Conv3DTranspose ConvLSTM1D ConvLSTM2D
    ConvLSTM3D Convolution1D Convolution1DTranspose Convolution2D Convolution2DTranspose
    Convolution3D Convolution3DTranspose Cropping1D Cropping2D Cropping3D CutMix Dense
    DepthwiseConv1D DepthwiseConv2D Discretization Dot Dropout ELU EinsumDense Embedding
    Equalization Flatten GRU GRUCell GaussianDropout GaussianNoise GlobalAveragePooling1D
    GlobalAveragePooling2D GlobalAveragePooling3D GlobalAvgPool1D GlobalAvgPool2D
    GlobalAvgPool3D GlobalMaxPool1D GlobalMaxPool2D GlobalMaxPool3D GlobalMaxPooling1D
    GlobalMaxPooling2D GlobalMaxPooling3D GroupNormalization GroupQueryAttention
    GroupedQueryAttention HashedCrossing
    Hashing Identity InputLayer LSTM LSTMCell LayerNormalization LeakyReLU Masking
    MaxNumBoundingBoxes MaxPool1D MaxPool2D MaxPool3D MaxPooling1D MaxPooling2D MaxPooling3D
    Maximum MelSpectrogram Minimum MixUp MultiHeadAttention Multiply Normalization PReLU Permute
    RMSNormalization RandAugment RandomBrightness RandomColorDegeneration RandomColorJitter
    RandomContrast RandomCrop RandomElasticTransform RandomErasing RandomFlip RandomGaussianBlur
    RandomGrayscale RandomHeight RandomHue RandomInvert RandomPerspective RandomPosterization
    RandomRotation RandomSaturation RandomSharpness RandomShear RandomTranslation RandomWidth
    RandomZoom ReLU RepeatVector Rescaling Reshape Resizing ReversibleEmbedding STFTSpectrogram
    SeparableConv1D SeparableConv2D SeparableConvolution1D SeparableConvolution2D SimpleRNN
    SimpleRNNCell Softmax Solarization SpatialDropout1D SpatialDropout2D SpatialDropout3D
    Subtract UnitNormalization UpSampling1D UpSampling2D UpSampling3D ZeroPadding1D
    ZeroPadding2D ZeroPadding3D
    """,
)
NETWORKS = ("Functional", "Model", "Sequential")
# Layers that stand in keras.applications alone, with their module there.
OF_APPLICATIONS = {
    "CustomScaleLayer": "inception_resnet_v2",
    "LayerScale": "convnext",
    "StochasticDepth": "convnext",
}
ALLOWED: dict[str, str] = {
    **dict.fromkeys(OF_APPLICATIONS, NOTHING),
    **dict.fromkeys(_PLAIN, NOTHING),
    **dict.fromkeys(("IntegerLookup", "StringLookup", "TextVectorization"), VOCABULARY),
    **dict.fromkeys(
        (
            "Bidirectional",
            "Pipeline",
            "RNN",
            "SpectralNormalization",
            "StackedRNNCells",
            "TimeDistributed",
            "Wrapper",
        ),
        LAYERS,
    ),
    **dict.fromkeys(NETWORKS, LAYERS),
}
# Layers that bring code along, and why: these alone are opened by --trust.
CODE: dict[str, str] = {
    "Lambda": "is code that would run here",
    "TFSMLayer": "runs the graph of a SavedModel, which may read and write files here",
    "TorchModuleWrapper": "is a pickle of PyTorch, and so code that would run here",
    "JaxLayer": "runs a function that the file names",
    "FlaxLayer": "runs a module that the file names",
}
# What else stands among the layers of Keras 2 and 3, and why it is none to be built.
NO_LAYER: dict[str, str] = {
    **dict.fromkeys(("Layer", "AbstractRNNCell"), "does nothing by itself: layers are made of it"),
    **dict.fromkeys(
        ("LocallyConnected1D", "LocallyConnected2D"),
        "is not in Keras 3; a Conv with the same kernel shares its weights",
    ),
    "ThresholdedReLU": "is not in Keras 3; ReLU(threshold=THETA) is the same but at THETA itself",
    "DenseFeatures": "takes feature columns, which ended with Keras 2; StringLookup does the same",
    **dict.fromkeys(("Input", "InputSpec"), "is no layer: InputLayer is"),
    **dict.fromkeys(
        ("add", "average", "concatenate", "dot", "maximum", "minimum", "multiply", "subtract"),
        "is no layer, but a function",
    ),
    **dict.fromkeys(
        ("deserialize", "serialize"), "is no layer, but a function that reads or writes one"
    ),
    "experimental": "is no layer, but a module",
}
# of Keras 2: known or refused by `_keras2`
OPERATIONS_OF_TENSORFLOW = (
    "TFOpLambda",
    "TensorFlowOpLayer",
    "SlicingOpLambda",
)
OPERATIONS = re.compile(r"keras(\.src)?\.ops\.(numpy|nn|math|linalg|image|core|einops)")
CALL_FUNCTIONS = (
    "AssociativeScan",
    "Cond",
    "ForiLoop",
    "Map",
    "Scan",
    "Switch",
    "VectorizedMap",
    "WhileLoop",
)
POLICIES = (
    "Policy",
    "DTypePolicy",
    "DTypePolicyMap",
    "FloatDTypePolicy",
    "Int4DTypePolicy",
    "QuantizedDTypePolicy",
    "QuantizedFloat8DTypePolicy",
    "AbsMaxQuantizer",
    "Int4QuantizationConfig",
    "Int8QuantizationConfig",
    "Float8QuantizationConfig",
)
# packages whose layers and backbones are read where they are installed
HUB = (
    "keras_hub",
    "keras_nlp",
    "keras_cv",
)
SHELVES = ("initializers", "regularizers", "constraints", "optimizers", "losses", "metrics")
VALUES = (
    "__keras_tensor__",
    "__tensor__",
    "__numpy__",
    "__bytes__",
    "__ellipsis__",
    "__slice__",
    "__tuple__",
    "TensorShape",
)
DTYPES = re.compile(
    r"(bool|string|bfloat16|float8_e\dm\d(fn)?|u?int(2|4|8|16|32|64)|float(16|32|64)|"
    r"complex(64|128)|mixed_(b?float16)|(int[48]|float8)(/[\w-]+)*_from_\w+|<dtype: '\w+'>)"
)
PATH = re.compile(r"^(/|~|\\|[A-Za-z]:[\\/]|\.\.?[\\/])|://|\x00")
FREE_TEXT = (
    "name",
    "vocabulary",
    "oov_token",
    "mask_token",
    "equation",
    "crossing_cols",
    "standardize",
    "function",
    "node_def",
)
MOST_TEXT = 10_000  # characters of a word; a TensorFlow function of Keras 2 is the longest
# Numbers of steps or sizes that layers count out one by one, or that grow what has no stated size.
BOUNDS = {
    "power_iterations": 1_000,
    "num_ops": 100,
    "num_chains": 100,
    "chain_depth": 100,
    "ngrams": 100,
    "num_oov_indices": 100_000,
    "output_size": 10_000,
    "fft_length": 2**17,
    "frame_length": 2**17,
    "sequence_length": 2**17,
    "num_mel_bins": 2**13,
    "size": 2**16,
    "max_number": 2**20,
    "num_heads": 2**14,
    "output_sequence_length": 2**24,
    "batch_shape": 4096,
    "batch_input_shape": 4096,
    "batch_size": 4096,
}

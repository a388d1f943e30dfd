# Made by docs/generate.py from the operator registry (docs/stubs.py): change it there.

from collections.abc import Sequence

from tvm_model_library.relay.script.expr import Call, ExprLike, TupleWrapper

def all_class_non_max_suppression(
    boxes: ExprLike,
    scores: ExprLike,
    max_output_boxes_per_class: ExprLike = -1,
    iou_threshold: ExprLike = -1.0,
    score_threshold: ExprLike = -1.0,
    output_format: str = "onnx",
) -> Call:
    """Boxes of each class without those that overlap better ones.

        boxes: a tensor, or a tuple of them
        scores: a tensor, or a tuple of them
        max_output_boxes_per_class: a tensor, or a tuple of them
        iou_threshold: a tensor, or a tuple of them
        score_threshold: a tensor, or a tuple of them
        output_format: a string: 'onnx', 'tensorflow'

    Definition: TVM 0.18 src/relay/op/vision/nms.cc.
    """

def get_valid_counts(
    data: ExprLike,
    score_threshold: ExprLike,
    id_index: int = 0,
    score_index: int = 1,
) -> TupleWrapper:
    """Boxes whose score is above a threshold, moved to the front, and their number.

        data: a tensor, or a tuple of them
        score_threshold: a tensor, or a tuple of them
        id_index: an integer
        score_index: an integer

    Definition: TVM 0.18 src/relay/op/vision/nms.cc.
    """

def multibox_prior(
    data: ExprLike,
    sizes: Sequence[float] | float = (1.0,),
    ratios: Sequence[float] | float = (1.0,),
    steps: Sequence[float] | float = (-1.0, -1.0),
    offsets: Sequence[float] | float = (0.5, 0.5),
    clip: bool = False,
) -> Call:
    """Default boxes around each cell of a feature map.

        data: a tensor, or a tuple of them
        sizes: a list of values, each a number
        ratios: a list of values, each a number
        steps: a list of values, each a number
        offsets: a list of values, each a number
        clip: True or False

    Definition: TVM 0.18 src/relay/op/vision/multibox_op.cc.
    """

def multibox_transform_loc(
    cls_prob: ExprLike,
    loc_pred: ExprLike,
    anchor: ExprLike,
    clip: bool = True,
    threshold: float = 0.01,
    variances: Sequence[float] | float = (0.1, 0.1, 0.2, 0.2),
    keep_background: bool = False,
) -> Call:
    """Boxes from predicted classes and offsets.

        cls_prob: a tensor, or a tuple of them
        loc_pred: a tensor, or a tuple of them
        anchor: a tensor, or a tuple of them
        clip: True or False
        threshold: a number
        variances: a list of values, each a number
        keep_background: True or False

    Definition: TVM 0.18 src/relay/op/vision/multibox_op.cc.
    """

def non_max_suppression(
    data: ExprLike,
    valid_count: ExprLike,
    indices: ExprLike,
    max_output_size: ExprLike = -1,
    iou_threshold: ExprLike = 0.5,
    force_suppress: bool = False,
    top_k: int = -1,
    coord_start: int = 2,
    score_index: int = 1,
    id_index: int = 0,
    return_indices: bool = True,
    invalid_to_bottom: bool = False,
) -> Call:
    """Boxes without those that overlap better ones.

        data: a tensor, or a tuple of them
        valid_count: a tensor, or a tuple of them
        indices: a tensor, or a tuple of them
        max_output_size: a tensor, or a tuple of them
        iou_threshold: a tensor, or a tuple of them
        force_suppress: True or False
        top_k: an integer
        coord_start: an integer
        score_index: an integer
        id_index: an integer
        return_indices: True or False
        invalid_to_bottom: True or False

    Definition: TVM 0.18 src/relay/op/vision/nms.cc.
    """

def proposal(
    cls_prob: ExprLike,
    bbox_pred: ExprLike,
    im_info: ExprLike,
    scales: Sequence[float] | float,
    ratios: Sequence[float] | float,
    feature_stride: int,
    threshold: float,
    rpn_pre_nms_top_n: int,
    rpn_post_nms_top_n: int,
    rpn_min_size: int,
    iou_loss: bool,
) -> Call:
    """Region proposals from scores and offsets.

        cls_prob: a tensor, or a tuple of them
        bbox_pred: a tensor, or a tuple of them
        im_info: a tensor, or a tuple of them
        scales: a list of values, each a number
        ratios: a list of values, each a number
        feature_stride: an integer
        threshold: a number
        rpn_pre_nms_top_n: an integer
        rpn_post_nms_top_n: an integer
        rpn_min_size: an integer
        iou_loss: True or False

    Definition: TVM 0.18 src/relay/op/vision/rcnn_op.cc.
    """

def regular_non_max_suppression(
    boxes: ExprLike,
    scores: ExprLike,
    max_detections_per_class: int,
    max_detections: int,
    num_classes: int,
    iou_threshold: float,
    score_threshold: float,
) -> Call:
    """Boxes of each class without overlapping ones, as TFLite does it.

        boxes: a tensor, or a tuple of them
        scores: a tensor, or a tuple of them
        max_detections_per_class: an integer
        max_detections: an integer
        num_classes: an integer
        iou_threshold: a number
        score_threshold: a number

    Definition: TVM 0.18 src/relay/op/vision/nms.cc.
    """

def roi_align(
    data: ExprLike,
    rois: ExprLike,
    pooled_size: Sequence[int] | int,
    spatial_scale: float,
    sample_ratio: int = -1,
    layout: str = "NCHW",
    mode: str = "avg",
) -> Call:
    """Regions of a feature map, sampled to a fixed size.

        data: a tensor, or a tuple of them
        rois: a tensor, or a tuple of them
        pooled_size: a list of values, each an integer
        spatial_scale: a number
        sample_ratio: an integer
        layout: a string: 'NCHW', 'NHWC'
        mode: a string: 'avg', 'max'

    Definition: TVM 0.18 src/relay/op/vision/rcnn_op.cc.
    """

def roi_pool(
    data: ExprLike,
    rois: ExprLike,
    pooled_size: Sequence[int] | int,
    spatial_scale: float,
    layout: str = "NCHW",
) -> Call:
    """Regions of a feature map, maximum in a fixed number of cells.

        data: a tensor, or a tuple of them
        rois: a tensor, or a tuple of them
        pooled_size: a list of values, each an integer
        spatial_scale: a number
        layout: a string: 'NCHW', 'NHWC'

    Definition: TVM 0.18 src/relay/op/vision/rcnn_op.cc.
    """

def yolo_reorg(data: ExprLike, stride: int) -> Call:
    """Blocks of height and width moved to the channels, as YOLO does.

        data: a tensor, or a tuple of them
        stride: an integer

    Definition: TVM 0.18 include/tvm/topi/vision/reorg.h.
    """

"""``tvm.micro.testing``: targets of boards by platform, as tests of microTVM's users ask for them."""

from __future__ import annotations

from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.microtvm import names
from tvm_model_library.microtvm.target.target import MICRO_SUPPORTED_MODELS, Target, micro

__all__ = ["get_supported_boards", "get_target"]

_BOARDS = {
    "zephyr": {"mps2_an521": "mps2_an521", "mps3_an547": "mps3_an547", "nrf5340dk_nrf5340_cpuapp": "nrf5340dk",
               "nucleo_f746zg": "stm32f746xx", "nucleo_h743zi": "stm32h7xx", "nucleo_l4r5zi": "stm32l4r5zi",
               "qemu_x86": "host", "stm32f746g_disco": "stm32f746xx", "b_u585i_iot02a": "stm32u5xx"},
    "arduino": {"due": "sam3x8e", "feathers2": "esp32", "metrom4": "atsamd51", "nano33ble": "nrf52840",
                "portenta_h7": "stm32h7xx", "spresense": "cxd5602gg", "teensy40": "imxrt10xx", "teensy41": "imxrt10xx",
                "wioterminal": "atsamd51"},
    "crt": {},
}  # fmt: skip
"""Boards and their chips. Definition: the boards.json files of TVM 0.18 apps/microtvm."""


def get_supported_boards(platform: str) -> dict[str, str]:
    """The boards of ``zephyr`` or ``arduino``, and their chips."""
    if platform not in _BOARDS:
        raise ModelLibraryError(f"unknown platform {platform!r}; expected one of: {', '.join(_BOARDS)}")
    return dict(_BOARDS[platform])


def get_target(platform: str, board: str | None = None) -> Target:
    """The target of a board, or of this machine (``crt``). Raises ``ModelLibraryError`` for unknown ones."""
    boards = get_supported_boards(platform)
    if platform == "crt":
        return micro("host")
    if board in MICRO_SUPPORTED_MODELS:
        return micro(board)
    if board not in boards:
        raise ModelLibraryError(f"unknown board {board!r} of {platform}; expected one of: {', '.join(boards)}")
    return micro(boards[board])


__getattr__ = names.missing(__name__)

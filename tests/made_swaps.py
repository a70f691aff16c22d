"""Made pool files: minutes row by row, and a pool of one liquidity that trades by the contract's own steps."""

import gzip
import math
from pathlib import Path

from seawall.kernels.uniswap3 import swap_step
from seawall.kernels.uniswap3_ticks import MAX_SQRT_PRICE, MIN_SQRT_PRICE, sqrt_price_at_tick

MINUTE = (
    "timestamp,netAmount0,netAmount1,closeTick,openTick,lowestTick,highestTick,inAmount0,inAmount1,currentLiquidity"
)
TICK = (
    "block_number,block_timestamp,tx_type,transaction_hash,pool_tx_index,pool_log_index,proxy_log_index,sender,receipt,"
    "amount0,amount1,total_liquidity,total_liquidity_delta,sqrtPriceX96,current_tick,position_id,tick_lower,tick_upper,"
    "liquidity"
)
LIQUIDITY = 12453647101533358277


def bar(minute: int, close: int = 201100, opened: int = 201100, amounts: tuple[int, int, int, int] | None = None,
        liquidity: int = LIQUIDITY) -> str:  # fmt: skip
    net0, net1, in0, in1 = amounts or (10**9, -(10**9 * 1.0001**201100).__int__(), 10**9, 0)
    low, high = sorted((close, opened))
    return f"2023-08-13 {minute // 60:02}:{minute % 60:02}:00,{net0},{net1},{close}," + (
        f"{opened},{low},{high},{in0},{in1},{liquidity}"
    )


def minutes(folder: Path, rows: list[str], name: str = "pool.minute.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([MINUTE, *rows]) + "\n")
    return path


class Chain:
    """A pool of one liquidity that trades by the contract's own steps."""

    def __init__(self) -> None:
        self.price, self.log, self.rows = sqrt_price_at_tick(199045) + 10**20, 0, list[str]()

    def row(self, kind: str, amount0: object, amount1: object, liquidity: int = LIQUIDITY, price: object = None) -> str:
        self.log += 1
        shown = self.price if price is None else price
        tick = math.floor(2.0 * math.log(float(str(shown)) / 2.0**96) / math.log(1.0001)) if shown != "" else ""
        text = (
            f"{18937382 + self.log},2024-01-05 00:{self.log // 60:02}:{self.log % 60:02},{kind},0xaa,1,"
            f"{self.log},,0x1,0x2,"
            f"{amount0},{amount1},{liquidity},0,{shown},{float(tick) if tick != '' else ''},,,,"
        )
        self.rows.append(text)
        return text

    def swap(self, amount: int, zero_for_one: bool) -> str:
        target = MIN_SQRT_PRICE if zero_for_one else MAX_SQRT_PRICE - 1
        step = swap_step(self.price, target, LIQUIDITY, amount, 500)
        self.price = step.sqrt_price
        return self.row("SWAP", *((amount, -step.amount_out) if zero_for_one else (-step.amount_out, amount)))

    def write(self, folder: Path, name: str = "ticks.csv") -> Path:
        path = folder / name
        text = "\n".join([TICK, *self.rows]) + "\n"
        if name.endswith("gz"):
            path.write_bytes(gzip.compress(text.encode()))
        else:
            path.write_text(text)
        return path


def chain() -> Chain:
    made = Chain()
    made.row("MINT", 5, 7)
    for n in range(30):
        made.swap(10**9 * (n + 1), True) if n % 3 else made.swap(10**18 * (n + 1), False)
    return made

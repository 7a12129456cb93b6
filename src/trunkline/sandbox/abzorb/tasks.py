"""Tasks and their comments.

Open → In Progress → Completed with the clock, a comment at each move.
Source: specs/abzorb/collection.json, folder Tasks.
"""

from __future__ import annotations

from typing import Any, Final

from trunkline.sandbox.abzorb import progress, reading
from trunkline.sandbox.routing import Call, Handler
from trunkline.sandbox.seed.abzorb import DIARY_TASKS, DIARY_TYPES, STATUS_IDS
from trunkline.sandbox.seed.values import unix_seconds
from trunkline.sandbox.store import entities as e
from trunkline.sandbox.store.store import Row
from trunkline.sandbox.vendors import abzorb_invalid

_NEXT: Final = {"Open": "In Progress", "In Progress": "Completed"}
_WORDS: Final = {"In Progress": "Picked up by the desk.", "Completed": "Done."}
_SHOWN: Final = ("taskId", "statusId", "status", "updatedAt")


def create(call: Call) -> Row:
    """CreateTask."""
    body = reading.form(
        call, customerId=int, diaryTypeId=int, diaryTaskId=int, subject=str, description=str, contractId_=int
    )
    customer = reading.customer(call, body["customerId"])
    type_id, task_kind = body["diaryTypeId"], body["diaryTaskId"]
    if type_id not in DIARY_TYPES:
        raise abzorb_invalid(f"No diary type {type_id}.")
    if task_kind not in DIARY_TASKS or DIARY_TASKS[task_kind][1] != type_id:
        raise abzorb_invalid(f"diaryTaskId {task_kind} does not belong to diaryTypeId {type_id}.")
    contract_id = body.get("contractId")
    if contract_id is not None:
        connection = reading.connection(call, contract_id)
        if connection["customerId"] != customer["customerId"]:
            raise abzorb_invalid("The connection does not belong to the customer.")
    now = unix_seconds(call.now)
    row: Row = {
        "taskId": call.store.next_id(e.AB_TASK),
        "customerId": customer["customerId"],
        "contractId": contract_id,
        "diaryTypeId": type_id,
        "diaryType": DIARY_TYPES[type_id],
        "diaryTaskId": task_kind,
        "diaryTask": DIARY_TASKS[task_kind][0],
        "subject": body["subject"],
        "description": body["description"],
        "statusId": STATUS_IDS["Open"],
        "status": "Open",
        "createdAt": now,
        "updatedAt": now,
    }
    call.store.add(e.AB_TASK, row)
    progress.soon(call, "task", row["taskId"])
    return row


def step(call: Call, task_id: Any, at: float) -> None:
    """The step that moves a task on."""
    row = call.store.row(e.AB_TASK, task_id)
    if row is None or row["status"] not in _NEXT:
        return
    status, when = _NEXT[row["status"]], unix_seconds(at)
    call.store.put(e.AB_TASK, row | {"status": status, "statusId": STATUS_IDS[status], "updatedAt": when})
    comment: Row = {
        "commentId": call.store.next_id(e.AB_COMMENT),
        "taskId": task_id,
        "comment": _WORDS[status],
        "author": "Sam Oakhurst",
        "createdAt": when,
    }
    call.store.add(e.AB_COMMENT, comment)
    if status in _NEXT:
        progress.soon(call, "task", task_id, since=at)


def for_customer(call: Call) -> bytes:
    """GetTasksForCustomer."""
    customer = reading.customer(call, reading.number(call, "customerId"))
    return reading.array(call.store.bodies(e.AB_TASK, e.AB_TASK.table.c.customerId == customer["customerId"]))


def _task(call: Call) -> Row:
    task_id = reading.number(call, "taskId")
    return reading.named(call, e.AB_TASK, task_id, f"No task {task_id} on this account.")


def comments(call: Call) -> bytes:
    """GetCommentsForTask."""
    task = _task(call)
    return reading.array(call.store.bodies(e.AB_COMMENT, e.AB_COMMENT.table.c.taskId == task["taskId"]))


def comments_bulk(call: Call) -> bytes:
    """GetCommentsForTaskBulk."""
    wanted = reading.numbers(call, "taskIds")
    return reading.array(call.store.bodies(e.AB_COMMENT, e.AB_COMMENT.table.c.taskId.in_(wanted)))


def status(call: Call) -> Row:
    """ViewTaskStatus."""
    task = _task(call)
    return {name: task[name] for name in _SHOWN}


def status_bulk(call: Call) -> list[Row]:
    """ViewTaskStatusBulk: tasks that do not exist are left out of the response."""
    found = call.store.rows(e.AB_TASK, e.AB_TASK.table.c.taskId.in_(reading.numbers(call, "taskIds")))
    return [{name: task[name] for name in _SHOWN} for task in found]


HANDLERS: dict[str, Handler] = {
    "tasks.create": create,
    "tasks.list_for_customer": for_customer,
    "tasks.list_comments": comments,
    "tasks.list_comments_bulk": comments_bulk,
    "tasks.status": status,
    "tasks.status_bulk": status_bulk,
}
STEPS = {"task": step}

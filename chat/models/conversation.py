from django.db import models

from chat.models.request_log import RequestLog


class Message(models.Model):
    """A message as part of a conversation, stored once however often it is sent.

    `id` is a hash of the message and of `predecessor`: who has it has the conversation
    up to it. Requests share messages, so 40 turns are 40 messages, not 800.
    """

    id = models.CharField(primary_key=True, max_length=32)
    predecessor = models.ForeignKey(
        "self", null=True, on_delete=models.DO_NOTHING, related_name="successors"
    )
    role = models.CharField(max_length=10)
    body = models.JSONField()

    def __str__(self) -> str:
        return self.id


class RequestText(models.Model):
    """What was said in a request: where its conversation ends, and its answer.

    `prompt` and `answer` are null where nothing was said, or not yet. Reasoning is not
    part of a conversation (callers do not send it back), and stays here.
    """

    request = models.OneToOneField(
        RequestLog, primary_key=True, on_delete=models.CASCADE, related_name="text"
    )
    created_at = models.DateTimeField(db_index=True)
    prompt = models.ForeignKey(
        Message, null=True, on_delete=models.DO_NOTHING, related_name="asked_in"
    )
    answer = models.ForeignKey(
        Message, null=True, on_delete=models.DO_NOTHING, related_name="answered_in"
    )
    reasoning = models.TextField()
    extra = models.JSONField(null=True)

    def __str__(self) -> str:
        return str(self.pk)

"""A sentence for each field that callers send, in the order of the description."""

PARAMETERS = {
    "messages": "The conversation so far. Messages without a role or content are"
    " dropped, as long as one remains.",
    "model": "Which model answers. Any name is passed on to Z.AI.",
    "stream": "Whether the answer comes as it is written, or whole at its end.",
    "temperature": "How freely the model chooses its words.",
    "max_tokens": "The most tokens the answer may have, reasoning included. Where it is"
    " not given, a model that always thinks gets room for that on top of the default.",
    "thinking": "Whether a model that can think first does so. One that always thinks"
    " does it with its lowest effort where it is `disabled`.",
    "reasoning_effort": "How long a model that thinks may do so. What it does not have"
    " becomes the nearest that it has.",
    "reasoning": "`reasoning_effort` as OpenAI's Responses have it.",
    "tools": "What the model may call; each with `type` and, for a function, its `name`"
    " and its `parameters` as JSON Schema.",
    "tool_choice": "Whether the model has to call a tool, and which: `auto`, `none`,"
    " `required`, or a function by its name. Z.AI knows `auto` alone: only the tools"
    " meant are offered, and the model is told in words.",
    "tool_stream": "Whether the arguments of a call come as they are written.",
    "response_format": "Whether the answer is text or a JSON object.",
    "stop": "Words at which the model stops writing.",
    "top_p": "Only the likeliest words, up to this sum of probabilities, are used.",
    "do_sample": "Whether words are chosen by chance at all.",
    "user_id": "Your user, for Z.AI's abuse detection and for the request log.",
    "on_leave": "What becomes of the answer when its caller leaves: `stop` leaves Z.AI"
    " at once, `finish` has it written to its end, a number goes on for so many seconds"
    " in case somebody comes back.",
    "resumable": "Whether frames are numbered (`id:`), for `Last-Event-ID`.",
    "store": "Whether the request log may keep what is asked and answered.",
    "seed": "Passed on to Z.AI as it is.",
    "stream_options": "Passed on to Z.AI as it is.",
    "sensitive_word_check": "Passed on to Z.AI as it is.",
    "meta": "Who speaks to whom, for Z.AI's models that play a character.",
    "watermark_enabled": "Passed on to Z.AI as it is.",
}

THINKING = {
    "type": "Whether it thinks.",
    "clear_thinking": "`false` has Z.AI read the reasoning of earlier answers again.",
}
REASONING = {"effort": "How long a model that thinks may do so."}
RESPONSE_FORMAT = {"type": "What the answer is."}
OPENAI_RESPONSE_FORMAT = {
    "type": "What the answer is. Of a `json_schema` the model is told in words; whether"
    " the answer is as it says is for the client to check.",
    "json_schema": "What a JSON answer has to be like; wanted with `json_schema`.",
}
JSON_SCHEMA = {
    "name": "What the object is called.",
    "description": "What it is for.",
    "schema": "The JSON Schema, of at most 128 KB and 64 levels. No `$ref` is"
    " followed.",
    "strict": "Makes no difference.",
}
ROLES = {
    "user_info": "Who the user is.",
    "user_name": "The user's name.",
    "bot_info": "Who the model plays.",
    "bot_name": "The name of that.",
}
STREAM_OPTIONS = {"include_usage": "Whether the usage comes in a chunk of its own."}

# What OpenAI's Responses have by other names, or refuse.
RESPONSES = {
    "input": "What is asked: a text, or at most 6,000 items. These are messages, calls"
    " of tools and their outputs, thoughts (passed over), and references to items that"
    " were answered before, which are taken from the request log.",
    "instructions": "Put first, as a system message.",
    "reasoning": "How long the model thinks. Thoughts come as a summary, asked for or"
    " not.",
    "text": "What the answer is.",
    "max_output_tokens": "`max_tokens` by its name there; wins over it.",
    "parallel_tool_calls": "Makes no difference.",
    "include": "With `reasoning.encrypted_content` thoughts have one, in which nothing"
    " is.",
    "metadata": "Comes back as it is.",
    "user": "Becomes `user_id` if it has 6 to 128 characters.",
    "previous_response_id": "Refused: send the whole conversation.",
    "conversation": "Refused: send the whole conversation.",
    "background": "Refused.",
    "prompt": "Refused: send `input` and `instructions`.",
}
ITEM = {
    "type": "`message`, `function_call`, `function_call_output`, `custom_tool_call`,"
    " `custom_tool_call_output`, `reasoning` or `item_reference`.",
    "id": "What it was called when it was answered; of a reference, what it refers to.",
    "role": "Who says a message.",
    "content": "What is said: a text, or parts.",
    "call_id": "Which call this is, or is the output of.",
    "name": "The tool that is called.",
    "namespace": "In which namespace that is, if in one.",
    "arguments": "What a function is called with, as JSON in a text.",
    "input": "What a free-form tool is called with.",
    "output": "What a tool answered: a text, or parts.",
}
RESPONSES_REASONING = {
    **REASONING,
    "summary": "Makes no difference: thoughts come as Z.AI tells them.",
}
TEXT_OPTIONS = {"format": "Text, or a JSON object of a given shape."}
TEXT_FORMAT = {"type": OPENAI_RESPONSE_FORMAT["type"], **JSON_SCHEMA}

MESSAGE = {
    "role": "Who speaks.",
    "content": "What is said: text, or a list of parts for a model that sees.",
    "reasoning_content": "What the model thought before it answered.",
    "tool_calls": "The tools that the model called.",
    "tool_call_id": "The call that this message of a tool answers.",
    "name": "The name of who speaks.",
}

TOOL_CALL = {
    "id": "The id of the call, which its answer repeats.",
    "type": "`function`.",
    "index": "The place of the call among those of one message.",
    "function": "`name`, and `arguments` as JSON in a text.",
}

UI_MESSAGE = {
    "role": "Who speaks.",
    "parts": "What is said, called and attached, as the SDK keeps it.",
    "content": "Text, as messages had it before there were parts.",
}

PART = {
    "type": "`text`, `file`, `tool-` and the tool's name, or another of the SDK's.",
    "text": "The words of a text.",
    "url": "The address of a file; a `data:` URL has it whole.",
    "mediaType": "The media type of a file.",
    "toolName": "The tool of a `dynamic-tool`.",
    "toolCallId": "The id of a call.",
    "state": "How far a call is; only calls that have their answer are passed on.",
    "input": "What a tool was called with.",
    "rawInput": "What a tool was called with, if it could not be read.",
    "output": "What a tool answered.",
    "errorText": "Why a tool did not answer.",
    "approval": "Whether the user allowed a call; a no is passed on.",
}

# What assistant-ui adds.
CALL_SETTINGS = {
    "maxTokens": "`max_tokens`.",
    "temperature": "How freely the model chooses its words. Above 1, Z.AI's highest, 1"
    " is sent.",
    "topP": "`top_p`.",
    "seed": "Passed on to Z.AI as it is.",
}
MODEL_CONFIG = {
    "modelName": "Which model answers.",
    "reasoningEffort": "How long a model that thinks may do so.",
}
NAMED_TOOL = {
    "description": "When to call it.",
    "parameters": "The arguments, as JSON Schema.",
}

APPROVAL = {
    "approved": "What the user said.",
    "reason": "Why.",
}

"""What stands between turns: pieces joined are what the template writes of the whole conversation."""

from collections.abc import Callable

from asterism.core.image import Image
from asterism.core.message import Message
from asterism.core.trajectory import Segment
from asterism.policy.encoder import Encoder, PixelsConfig
from asterism.policy.policy import Policy

Pictures = Callable[..., Image]
SAID = "look <closer>"


def turns(picture: Pictures) -> list[Message]:
    """A question about an image, the model's call, what a tool shows, and a second question with no image."""
    return [
        Message.user("Where is the cup?", (picture(0, 64, 48),)),
        Message.assistant(SAID),
        Message.user("Here is a crop.", (picture(1, 40, 40),)),
    ]


def test_pieces_joined_are_the_template_s_own_tokens(policy: Policy, picture: Pictures) -> None:
    asked, said, shown = turns(picture)
    whole = policy.encode_messages([asked, said, shown])
    end = policy.tokenizer.eos_token_id
    reply = (*policy.tokenizer(SAID, add_special_tokens=False)["input_ids"], end)
    first = policy.encode_messages([asked])
    after = policy.encode_observation(shown.text, shown.images, after=reply)
    assert (*first.token_ids, *reply, *after.token_ids) == whole.token_ids
    assert (*first.vision.digests, *after.vision.digests) == whole.vision.digests


def test_a_turn_that_a_stop_string_ended_is_closed_by_the_template(policy: Policy, picture: Pictures) -> None:
    _, _, shown = turns(picture)
    end = policy.tokenizer.eos_token_id
    cut = policy.encode_observation(shown.text, shown.images, after=(70, 71))
    ended = policy.encode_observation(shown.text, shown.images, after=(70, 71, end))
    assert cut.token_ids == (end, *ended.token_ids)


def test_a_whole_conversation_has_the_pixels_of_all_its_images(policy: Policy, picture: Pictures) -> None:
    asked, said, shown = turns(picture)
    reply = (*policy.tokenizer(SAID, add_special_tokens=False)["input_ids"], policy.tokenizer.eos_token_id)
    encoder = Encoder(policy)
    after = encoder.encode_observation(shown.text, shown.images, after=reply)
    segments = (
        Segment.prompt([asked]),
        Segment("model", reply, SAID),
        Segment("tool", after.token_ids, shown.text, shown.images),
    )
    whole = encoder.whole(segments)
    expected = policy.encode_messages([asked, said, shown])
    assert whole.token_ids == expected.token_ids and whole.vision.digests == expected.vision.digests
    assert encoder.whole(segments[:1]) is encoder.encode_messages([asked])


def test_a_system_message_and_images_between_texts_are_rendered_in_their_order(
    llava: Policy, picture: Pictures
) -> None:
    messages = [
        Message.system("Be brief."),
        Message("user", ("First ", picture(0), " then ", picture(1), " which?")),
    ]
    text = llava.tokenizer.decode(llava.encode_messages(messages).token_ids)
    assert text.index("Be brief.") < text.index("First ") < text.index("<image>") < text.index(" then ")
    assert text.rindex("<image>") < text.index(" which?")


def test_an_observation_is_scaled_like_a_prompt(llava: Policy, picture: Pictures) -> None:
    encoder = Encoder(llava, pixels=PixelsConfig(most=16 * 16))
    small = encoder.encode_observation("crop", [picture(1, 64, 64)], after=(70,))
    assert small.vision.digests == llava.encode("x", [picture(1, 64, 64).within(None, 256)]).vision.digests

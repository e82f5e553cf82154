"""English words as the filters see them: which say the same, which say the opposite, which say nothing.

The lists hold what people write about images and their meaning. A line is a group; its first word stands for all.
"""

from functools import cache

from snowballstemmer import stemmer as _snowball

_STEMMER = _snowball("english")


def listed(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


IMAGE_WORDS = listed(
    "image picture photo photograph illustration cartoon drawing painting comic poster meme artwork scene work art "
    "artist author creator viewer composition panel frame"
)
"""What a statement may call its subject without saying anything about it."""

_SYNONYMS = """
symbolize symbolise represent signify denote embody personify symbolic symbol stand_for metaphor
suggest imply hint convey indicate express communicate reflect reveal demonstrate illustrate
show depict portray display present feature
criticize criticise satirize satirise mock ridicule condemn denounce deride lampoon
praise applaud celebrate commend glorify admire honor honour
large big huge enormous giant massive gigantic oversized vast immense
small little tiny miniature diminutive petite
man male guy gentleman men
woman female lady women
child kid youngster children
foot feet
tooth teeth
mouse mice
wife wives
leaf leaves
knife knives
person human individual people someone somebody anyone anybody folk
happy joyful cheerful glad delighted merry joyous
sad unhappy sorrowful miserable gloomy melancholy mournful depressed
angry furious enraged mad irate
afraid scared frightened fearful terrified
lonely isolated solitary alone lonesome isolation solitude loneliness
broken shattered fractured cracked smashed
destroy ruin wreck demolish devastate
begin start commence
end finish conclude terminate
fast quick rapid swift
begin start
important significant crucial vital essential key
difficult hard tough challenging
rich wealthy affluent prosperous
poor impoverished needy
freedom liberty independence
hope hopefulness optimism
danger peril hazard threat risk
fear dread terror
beautiful pretty lovely gorgeous
clever smart intelligent
stupid foolish silly dumb
old elderly aged ancient
modern contemporary
society community
job work occupation employment
car automobile vehicle
road street path
house home
forest woods
ocean sea
picture image photo photograph illustration cartoon drawing painting comic poster meme artwork
hold grasp grip carry clutch held
wear wore worn
look gaze stare watch
look_like resemble
sit sat seated
stand stood
hide conceal hid hidden
run ran
break broke
catch caught
make made
take took taken
give gave given
go went gone
fall fell fallen
grow grew grown
fly flew flown
keep kept
lose lost
win won
throw threw thrown
build built
steal stole stolen
shake shook shaken
tear tore torn
freeze froze frozen
draw drew drawn
feed fed
fight fought
sell sold
buy bought
teach taught
spend spent
pay paid
bite bit bitten
ride rode ridden
bring brought
find found
see saw seen
know knew known
fake false bogus counterfeit
eat ate eaten devour
drive drove driven
write wrote written
speak say tell said spoke
trap imprison cage confine capture
control dominate govern rule
support back help assist aid
protect shield guard defend
block obstruct hinder
contain include comprise hold_within
next_to beside near alongside adjacent
before_of in_front
behind_of behind
above over atop
below under beneath underneath
inside within into
outside beyond
many numerous several multiple lot
empty vacant
ignore neglect overlook disregard
technology tech
phone smartphone cellphone telephone
money cash wealth
knowledge wisdom
truth fact reality
lie falsehood deceit deception
pressure stress strain
desire wish longing yearning
effort endeavor endeavour
gap gulf divide disparity
consequence result outcome
cause lead bring
aim goal purpose objective
message meaning theme moral lesson
contrast juxtapose
emphasize emphasise stress highlight underline underscore
focus concentrate
choose select pick opt chosen chose
surround encircle
try attempt seek strive
obtain get gain acquire
need require
attitude stance
mood atmosphere tone
calm peaceful tranquil serene
chaotic disorderly messy
tired exhausted weary
excessive undue
constant continual perpetual continuous
crowd mob throng
boat ship vessel
gun pistol firearm
rock stone
grey gray
mother mom mum
father dad
bin trash dustbin
"""
_ANTONYMS = """
happy|sad angry
hope|despair hopelessness pessimism
optimistic hopeful|pessimistic hopeless
positive|negative
praise approve|criticize oppose
love like adore|hate dislike
open|closed shut
full|empty
alive|dead
rich|poor
strong|weak
light bright|dark dim
large|small
tall|short
high|low
long|short
old|young
old|new modern
fast|slow
hot|cold
warm|cold
inside|outside
above|below
before_of|behind_of
success succeed|failure fail
win victory|lose defeat loss
war conflict|peace harmony
freedom free|captivity imprison trap oppression
life|death
beginning begin|end
rise increase grow|fall decrease decline shrink
accept embrace|reject refuse
create build|destroy
protect|harm threaten endanger
support|oppose hinder undermine
encourage|discourage
strengthen|weaken
connect unite unity connection|separate divide separation division
wisdom knowledge clever|ignorance stupid
truth honest honesty|lie dishonest
calm|anxious tense chaotic
order|chaos
wealth|poverty
equality equal|inequality unequal
justice|injustice
progress advance|regress retreat decline
love|hatred
courage brave bravery|cowardice cowardly
trust|distrust suspicion
generosity generous|greed greedy selfish
safe safety|dangerous danger
same identical|different
all every|none few
always|rarely seldom
many|few
natural nature|artificial
real genuine authentic|fake
useful|useless
serious|humorous funny playful
formal|casual
clean|dirty
smile laugh|cry frown weep
crowded|deserted empty
lonely|together
awake|asleep
win|lose
innocent innocence|guilty guilt
beautiful|ugly
easy|difficult
simple|complex complicated
careful cautious|careless reckless
gain|lose
victim|aggressor
help|harm
indifferent indifference|caring concern compassion
confident confidence|insecure doubt
proud pride|ashamed shame
visible|hidden
public|private
day daytime|night nighttime
male man|female woman
remember|forget
give|take
arrive|leave
push|pull
cause|prevent
respect|contempt disrespect
sincere|ironic sarcastic
advantage benefit|disadvantage drawback
familiar|unfamiliar
rational|emotional
patient|impatient
active|passive
whole|broken
healthy|sick ill
wet|dry
heavy|light
thick|thin
wide|narrow
deep|shallow
smooth|rough
loud noisy|quiet silent
stable|unstable
include|exclude
encourage promote|warn
"""
_PHRASES = (
    ("is a symbol of", "symbolize"),
    ("is a symbol for", "symbolize"),
    ("is symbolic of", "symbolize"),
    ("is a metaphor for", "symbolize"),
    ("is used to", ""),
    ("serves to", ""),
    ("serves as a symbol of", "symbolize"),
    ("stands for", "symbolize"),
    ("stand for", "symbolize"),
    ("refers to", "symbolize"),
    ("points to", "suggest"),
    ("in front of", "before_of"),
    ("next to", "next_to"),
    ("on top of", "above"),
    ("looks like", "look_like"),
    ("look like", "look_like"),
    ("a lot of", "many"),
    ("lots of", "many"),
    ("a great deal of", "many"),
    ("not only", ""),
    ("but also", "and"),
    ("as well as", "and"),
    ("together with", "and"),
    ("nothing but", "only"),
    ("no one", "not person"),
    ("nobody", "not person"),
    ("everyone", "every person"),
    ("everybody", "every person"),
    ("each one", "every person"),
    ("does not", "not"),
    ("do not", "not"),
    ("did not", "not"),
    ("not one", "not a"),
    ("instead of", "contrast"),
    ("rather than", "contrast"),
    ("fails to", "not"),
    ("fail to", "not"),
    ("failed to", "not"),
    ("a pair of", "2"),
    ("a couple of", "2"),
    ("a single", "1"),
    ("exactly one", "1"),
    ("just one", "1"),
    ("at least", "atleast"),
    ("at most", "atmost"),
    ("more than", "morethan"),
    ("less than", "lessthan"),
    ("fewer than", "lessthan"),
    ("can not", "not"),
    ("as if", "like"),
    ("as though", "like"),
)
_NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve"
_NUMBERS_TOO = {"dozen": "12", "hundred": "100", "thousand": "1000", "twice": "2x", "once": "1x", "half": "0.5"}
NUMBERS = {**{word: str(value) for value, word in enumerate(_NUMBERS.split())}, **_NUMBERS_TOO}
NUMBERS |= {
    "first": "1st",
    "second": "2nd",
    "third": "3rd",
    "fourth": "4th",
    "fifth": "5th",
    "both": "2",
    "single": "1",
}

COLOURS = listed(
    "red blue green yellow orange purple pink brown black white grey gray gold golden silver violet beige cyan magenta "
    "turquoise maroon navy crimson scarlet"
)
PLACES = listed("left right top bottom upper lower middle center centre front back north south east west corner")
UNIVERSALS = frozenset({"all", "everi", "each", "alway"})
"""Canonical words that make a claim of every case, as its denial does with "none" or "never"."""
QUANTITIES = listed(
    "all every each some none most few only always never sometimes often rarely atleast atmost morethan lessthan more "
    "less other another least partly entirely"
)
NEGATORS = listed("not no never without neither nor nobody nothing none hardly barely lack lacks lacking cannot")

SILENT = listed(
    "a an the this that these those there here it its is are was were be been being am do does did has have had having "
    "will would shall should can could may might must to of in on at for from with by as into onto upon about and or "
    "but which who whom whose what when where while "
    "also very really quite rather clearly obviously evidently apparently "
    "simply just deeply strongly indeed actually essentially basically truly highly so such then than thus therefore "
    "one's his her their our your my he she they we you i him them us me itself himself herself themselves own any "
    "appears appear seems seem shown seen depicted during through across along s up out off"
)
"""Words whose presence or absence changes no claim, once roles are read from the order of the others."""

LIGHT = listed(
    "interesting various different certain deep deeper meaning message element thing something many several some kind "
    "aspect detail show suggest express story visual certain specific particular overall general whole main important "
    "nice good great beautiful creative unique powerful strong thoughtful meaningful idea concept topic theme way "
    "feeling emotion impression viewer reader audience think thinking reflection thought-provoking provoke make "
    "give leave invite attention life world society reality symbol symbolize content object subject figure item "
    "multiple number lot colourful colorful vivid complex hidden profound underlying broader contain include there"
)
"""Words that fit any image whatever."""


@cache
def stem(word: str) -> str:
    """The stem of a lower-case word (Porter's English stemmer, second version)."""
    return str(_STEMMER.stemWord(word)) if word.isascii() else word


@cache
def _groups() -> dict[str, str]:
    table: dict[str, str] = {}
    for line in _SYNONYMS.split("\n"):
        words = line.split()
        for word in words:
            table.setdefault(stem(word), table.get(stem(words[0]), stem(words[0])))
    return table


def canonical(word: str) -> str:
    """The stem that stands for a word and for all that mean the same; a comparative keeps its mark (``larg#er``)."""
    base = _base_of_comparative(word)
    if base is not None:
        return f"{_groups().get(base, base)}{COMPARATIVE}"
    return _groups().get(stem(word), stem(word))


COMPARATIVE = "#er"
"""The mark of a comparative in a canonical word."""


@cache
def _gradable() -> frozenset[str]:
    words = {word for line in _ANTONYMS.split("\n") for word in line.replace("|", " ").split()}
    return frozenset(stem(word) for word in words)


def _base_of_comparative(word: str) -> str | None:
    """The stem of the adjective that a word compares, None where it compares none that is known."""
    if not word.endswith("er") or len(word) < 5:
        return None
    candidates = (word[:-2], word[:-1], word[:-3], f"{word[:-3]}y")
    return next((stem(each) for each in candidates if stem(each) in _gradable()), None)


@cache
def _opposites() -> frozenset[tuple[str, str]]:
    pairs = set()
    for line in _ANTONYMS.split("\n"):
        left, bar, right = line.partition("|")
        if bar:
            pairs |= {(canonical(a), canonical(b)) for a in left.split() for b in right.split()}
    return frozenset(pairs | {(b, a) for a, b in pairs})


def opposite(first: str, second: str) -> bool:
    """Whether two canonical words mean the opposite: by the list, or one is the other with un-, in-, dis- or non-."""
    if first.endswith(COMPARATIVE) and second.endswith(COMPARATIVE):
        return opposite(first.removesuffix(COMPARATIVE), second.removesuffix(COMPARATIVE))
    return (first, second) in _opposites() or _negates(first, second) or _negates(second, first)


def _negates(long: str, short: str) -> bool:
    for prefix in ("un", "in", "im", "ir", "il", "dis", "non", "mis"):
        rest = long.removeprefix(prefix)
        if rest != long and min(len(rest), len(short)) >= 3 and (short.startswith(rest) or rest.startswith(short)):
            return True
    return long.removesuffix("less") == short and long != short


def phrases(padded: str) -> str:
    """Text (lower case, words between single spaces, padded by spaces) with phrases replaced by one word."""
    for phrase, word in _PHRASES:
        padded = padded.replace(f" {phrase} ", f" {word} " if word else " ")
    return padded
